import Healing
import HealingServer
import Synchronization
import Testing

@testable import HealingCLI

@Suite struct AlertChannelLogTests {
  private struct Down: Error {}

  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ level: LogLevel, _ message: String, _ fields: [String: String]) {
      let words = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines.withLock { $0.append("\(level.rawValue) \(message): \(words.joined(separator: " "))") }
    }
  }

  private func alert(_ id: Int64) -> AlertRecord {
    AlertRecord(
      id: LedgerID(rawValue: id), at: Timestamp(microseconds: 0), component: "db", kind: .raised,
      status: .critical, previousStatus: .healthy, message: "m", isResolved: false)
  }

  @Test func `a channel that fails is one line, and its next delivery is one line`() async throws {
    let lines = Lines()
    let isDown = Mutex(true)
    let log = AlertChannelLog { lines.add($0, $1, $2) }
    let pager = log.watching("pager") { _ in if isDown.withLock({ $0 }) { throw Down() } }
    let other = log.watching("other") { _ in }
    for _ in 0..<3 { await #expect(throws: Down.self) { try await pager(alert(7)) } }
    try await other(alert(7))
    let warning =
      "warning an alert channel fails; its alerts are retried: alert_id=7 channel=pager component=db error=Down()"
    #expect(lines.all == [warning], "\(lines.all)")
    isDown.withLock { $0 = false }
    for id: Int64 in [8, 9] { try await pager(alert(id)) }
    #expect(
      lines.all == [
        warning,
        "info an alert channel delivers again: alert_id=8 channel=pager component=db failed_attempts=3",
      ], "\(lines.all)")
    isDown.withLock { $0 = true }
    await #expect(throws: Down.self) { try await pager(alert(10)) }
    #expect(lines.all.count == 3)
  }
}
