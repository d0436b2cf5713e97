import Foundation

/// Long sweeps: `HEALING_SWEEP=all`, as `make test-redaction` sets it, tries every case; else a fixed share is tried.
enum Sweep {
  static let isWhole = ProcessInfo.processInfo.environment["HEALING_SWEEP"] == "all"

  /// All, or every `step`th.
  static func share<Case>(of cases: [Case], every step: Int) -> [Case] {
    isWhole ? cases : cases.enumerated().filter { $0.offset.isMultiple(of: step) }.map(\.element)
  }
}
