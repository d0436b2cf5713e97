import Healing
import HealingTestSupport
import Testing

@testable import HealingLedger

/// Sums of merged entries, whose counts the caller decides, stay at the end of the range.
@Suite struct MergedSumsTests {
  private let ids = LedgerIDGenerator(node: 1, time: VirtualTime())
  private let at = VirtualTime().wallClock()
  private let largest = Int.max

  private func error(_ index: Int, type: String = "E", message: String = "m") -> ErrorContext {
    ErrorContext(
      id: ids.next(), at: at, component: "api", operation: "o",
      classification: ErrorClassification(category: .api, rule: "r"),
      type: type, message: message, occurrences: index == 0 ? 1 : largest)
  }

  private func recovery(_ index: Int, operation: String = "o") -> RecoveryRecord {
    RecoveryRecord(
      id: ids.next(), at: at, component: "api", operation: operation, action: .retry, outcome: .succeeded,
      attempts: index == 0 ? 1 : largest, duration: .seconds(1), occurrences: index == 0 ? 1 : largest)
  }

  @Test func `errors of one kind`() {
    var merged = MergedErrors()
    let lost = (0..<3).map { merged.add(error($0)).lost }
    #expect(lost == [0, .max, .max])
    #expect(merged.all.map(\.occurrences) == [largest])
  }

  @Test func `errors past the limit of kinds`() {
    var merged = MergedErrors()
    for index in 0..<MergedErrors.limit { _ = merged.add(error(0, type: "E\(index)")) }
    for _ in 0..<2 { #expect(merged.add(error(1, type: "other")).lost == .max) }
    #expect(merged.all.filter { $0.operation == "merged" }.map(\.occurrences) == [largest])
  }

  @Test func `recoveries of one operation`() {
    var merged = MergedRecoveries()
    let lost = (0..<3).map { merged.add(recovery($0)) }
    #expect(lost == [0, .max, .max])
    #expect(merged.all.map(\.occurrences) == [largest])
    #expect(merged.all.map(\.attempts) == [largest])
  }

  @Test func `recoveries past the limit of operations`() {
    var merged = MergedRecoveries()
    for index in 0..<MergedRecoveries.limit { _ = merged.add(recovery(0, operation: "o\(index)")) }
    for _ in 0..<2 { #expect(merged.add(recovery(1, operation: "other")) == .max) }
    let rest = merged.all.filter { $0.operation == "merged" }
    #expect(rest.map(\.occurrences) == [largest])
    #expect(rest.map(\.attempts) == [largest])
  }
}
