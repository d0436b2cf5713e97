import Foundation
import Glibc
import Healing
@testable import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// The poller for changes of other processes, when its connection is reopened and when another file replaces the ledger.
@Suite struct BreakerChangePollerTests {
  let folder: TemporaryFolder
  let time = SystemTimeSource()

  init() throws { folder = try TemporaryFolder() }

  private final class Seen: Sendable {
    private let names = Lock<Set<ComponentName>>([])
    func add(_ new: some Sequence<ComponentName>) { names.withLock { $0.formUnion(new) } }
    func contains(_ name: ComponentName) -> Bool { names.withLock { $0.contains(name) } }
  }

  private func wait(for name: ComponentName, in seen: Seen) async throws {
    while !seen.contains(name) { await pause() }
  }

  @Test(.timeLimit(.minutes(2))) func `the poller reports changes made while its connection was closed`()
    async throws
  {
    let other = try SQLiteLedger(path: folder.path())
    let engine = try await RecoveryEngine(
      ledger: other,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1)))
    let watch = try BreakerChangePoller(
      file: LedgerFile(path: folder.path()), ids: LedgerIDGenerator(node: 1_000, time: time))
    let (breakers, components) = (Seen(), Seen())
    watch.addHandler { (moved: [BreakerSnapshot]) in breakers.add(moved.map(\.component)) }
    watch.addHandler { (changes: [ComponentChange]) in
      components.add(changes.compactMap { if case .known(let name) = $0 { name } else { nil } })
    }
    for round in 0..<10 {
      let name = ComponentName("api-\(round)")
      engine.component(name).report(.failure)
      // A connection that is opened later has the same `data_version` as the one before had at first.
      watch.closeReader()
      try await other.flush()
      try await wait(for: name, in: breakers)
      try await wait(for: name, in: components)
    }
    watch.stop()
    try await other.close()
  }

  @Test(.timeLimit(.minutes(2))) func `the poller reads a ledger that replaced another from its beginning`()
    async throws
  {
    let (path, backup) = (folder.path(), folder.path("backup.db"))
    let tripping = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    // Nothing of it is open afterwards: SQLite would take the index of its log for that of the file under the other path.
    do {
      let former = try SQLiteLedger(path: backup)
      let engine = try await RecoveryEngine(ledger: former, policy: tripping)
      engine.component("payments").report(.failure)
      // The feed of neither is the longer one where its end says what is new.
      for round in 0..<40 { engine.component(ComponentName("later-\(round)")).report(.failure) }
      try await former.close()
    }
    // This run has the number here that it will have there.
    try await SQLiteLedger(path: path).close()
    let ledger = try SQLiteLedger(path: path)
    let engine = try await RecoveryEngine(ledger: ledger, policy: tripping)
    let seen = Seen()
    _ = try ledger.watchComponents { changes in
      seen.add(changes.compactMap { if case .known(let name) = $0 { name } else { nil } })
    }
    for round in 0..<20 { engine.component(ComponentName("api-\(round)")).report(.failure) }
    try await ledger.flush()
    try await wait(for: "api-19", in: seen)
    let run = ledger.processID
    for suffix in ["", "-wal", "-shm"] { #expect(rename(path + suffix, path + ".old" + suffix) == 0) }
    #expect(rename(backup, path) == 0)
    while !engine.component("payments").isCircuitOpen { await pause() }
    while ledger.status.problem != nil { await pause() }
    #expect(ledger.processID == run)
    try await ledger.close()
  }
}
