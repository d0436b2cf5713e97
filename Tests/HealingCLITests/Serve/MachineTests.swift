import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// Conditions of the machine: a file system in user space, skipped where there is no `bindfs` or `/dev/fuse`. Clocks
/// that are wrong are left to `ClockTests`, where time is injected: under `faketime` a Swift program does not always find its
/// arguments.
@Suite struct MachineTests {
  private static let api = "/api/v1/healing"
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func exists(_ paths: String...) -> Bool {
    paths.allSatisfy { FileManager.default.isExecutableFile(atPath: $0) || access($0, R_OK | W_OK) == 0 }
  }

  private func outage(_ daemon: DaemonProcess) async throws {
    for _ in 0..<20 {
      let answer = try await daemon.ask(
        Self.api + "/errors", "-H", "Content-Type: application/json", "--data",
        #"{"component": "api", "operation": "get", "type": "E", "message": "connection refused"}"#)
      #expect(answer.status == 200 && answer.body.contains("\"durable\":true"), "\(answer)")
    }
  }

  @Test(
    .enabled(if: exists("/usr/bin/bindfs", "/dev/fuse") && getuid() == 0, "no FUSE on this machine"),
    .timeLimit(.minutes(5)))
  func `a file system in user space is rejected for writing, unless it is allowed`() async throws {
    let (real, mounted) = (folder.path("real"), folder.path("mounted"))
    for place in [real, mounted] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    // In the foreground, so that it ends with the test. Separate processes use the file system.
    let mount = try ChildProcess("/usr/bin/bindfs", ["-f", real, mounted])
    while try await fileSystem(of: mounted) != "fuseblk" {}
    let path = mounted + "/healing.db"
    let refused = try await ChildProcess.run(
      "healing", ["serve", "--ledger", path, "--listen", "127.0.0.1:0"])
    #expect(refused.code == 3 && refused.errors.contains("allow FUSE"), "\(refused)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: real) == [])
    let daemon = try await DaemonProcess(["--ledger", path, "--allow-fuse"])
    try await outage(daemon)
    await daemon.end()
    // A reader can do no harm there.
    let check = try await ChildProcess.run("healing", ["check", "--ledger", path])
    #expect(check.code == 0 && check.output.contains("rows       error 20"), "\(check)")
    #expect(try await ChildProcess.run("/usr/bin/umount", ["--lazy", mounted]).code == 0)
    await mount.expectEnd()
  }

  private func fileSystem(of path: String) async throws -> String {
    let result = try await ChildProcess.run("/usr/bin/stat", ["--file-system", "--format", "%T", path])
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
