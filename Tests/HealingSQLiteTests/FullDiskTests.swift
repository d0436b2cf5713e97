import Foundation
import Healing
import HealingProcesses
import HealingSQLite
import HealingTestSupport
import Testing

/// A disk that is really full: a small file system in memory. Needs the right to mount one.
@Suite struct FullDiskTests {
  @Test(.enabled(if: canMount, "needs the right to mount a file system in memory"))
  func `a full disk fails no call, and when there is room again every total is right`() async throws {
    let folder = try TemporaryFolder()
    try #require(try Self.mount("-t", "tmpfs", "-o", "size=2m", "healing-test", folder.url.path))
    defer { Self.unmount(folder) }
    let ledger = try SQLiteLedger(path: folder.path())
    var recorded = 0
    func record(_ count: Int) {
      for index in 0..<count {
        let outcome: CallOutcome = index.isMultiple(of: 2) ? .success : .failure
        ledger.record(CallSample(component: "a", outcome: outcome, duration: 1_000, endedAt: 0))
      }
      recorded += count
    }
    var problem: LedgerError?
    while problem == nil && recorded < 1_000_000 {
      record(5_000)
      do throws(LedgerError) { try await ledger.flush() } catch { problem = error }
    }
    #expect(problem?.code == .full || problem?.code == .unavailable, "\(String(describing: problem))")
    // Calls go on while nothing can be stored.
    record(100_000)
    #expect(try Self.mount("-o", "remount,size=64m", folder.url.path))
    var isDurable = false
    for _ in 0..<50 where !isDurable {
      do throws(LedgerError) {
        try await ledger.flush()
        isDurable = true
      } catch { continue }
    }
    #expect(isDurable)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == Int64(recorded))
    try await ledger.close()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }

  /// A sandbox may refuse even root.
  private static let canMount: Bool = {
    guard getuid() == 0, let folder = try? TemporaryFolder() else { return false }
    defer { unmount(folder) }
    return (try? mount("-t", "tmpfs", "-o", "size=1m", "healing-probe", folder.url.path)) ?? false
  }()

  private static func unmount(_ folder: TemporaryFolder) {
    _ = try? SpawnedProcess("/usr/bin/umount", ["--lazy", folder.url.path], environment: [:], pipes: [])
      .wait()
  }

  private static func mount(_ arguments: String...) throws -> Bool {
    try SpawnedProcess("/usr/bin/mount", arguments, environment: [:], pipes: []).wait() == .exit(code: 0)
  }
}
