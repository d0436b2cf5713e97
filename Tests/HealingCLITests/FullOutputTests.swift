import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

/// What the program cannot write is no success.
@Suite(.serialized) struct FullOutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String], _ redirection: String) async throws -> (code: Int32, errors: String)
  {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let words = ([program] + arguments).map { "'\($0)'" }.joined(separator: " ")
    let result = try await ChildProcess.run("/bin/sh", ["-c", "echo 'timed out' | \(words) \(redirection)"])
    return (result.code, result.errors)
  }

  @Test func `every command that cannot write its output says so and exits with 1`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let ledger = ["--ledger", path]
    var commands = [["--help"], ["help"]] + HealingProgram.commands.map { [$0.name, "--help"] }
    commands += [
      ["report"] + ledger, ["report", "recent"] + ledger, ["breakers"] + ledger, ["check"] + ledger,
      ["components", "list"] + ledger,
      ["demo", "--seconds", "1"] + ledger, ["serve", "--check-config"] + ledger,
    ]
    for format in ["table", "json", "csv"] {
      commands += [
        ["detect", "--format", format], ["breakers", "--format", format] + ledger,
        ["report", "by-action", "--format", format] + ledger,
      ]
    }
    for command in commands {
      let (code, errors) = try await run(command, "> /dev/full")
      #expect(code == 1, "\(command)")
      #expect(
        errors == "healing: standard output cannot be written: No space left on device\n",
        "\(command): \(errors)")
      #expect(try await run(command, "> /dev/null").code == 0, "\(command)")
    }
    // The demo that could not say anything has closed its ledger all the same.
    let ends = try await SQLiteLedgerReader(path: path).processes.recent(limit: 9).map(\.end)
    #expect(ends.allSatisfy { $0 == .clean }, "\(ends)")
  }

  #if !HEALING_TSAN  // The sanitizer itself does not start under such a limit.
    @Test func `a limit on the size of files is a full disk to the output, too`() async throws {
      let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
      let file = folder.path("out")
      let result = try await ChildProcess.run(
        "/bin/sh", ["-c", "ulimit -f 1; exec '\(program)' serve --help > '\(file)'"])
      #expect(result.code == 1, "\(result.errors)")
      #expect(result.errors.contains("standard output cannot be written: File too large"), "\(result.errors)")
    }
  #endif

  @Test func `a reader that has gone ends it without a word`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    for command in [["report"], ["check"], ["demo", "--seconds", "60"]] {
      let (code, errors) = try await run(command + ["--ledger", path], "| true")
      #expect(code == 0 && errors.isEmpty, "\(command): \(errors)")
    }
  }
}
