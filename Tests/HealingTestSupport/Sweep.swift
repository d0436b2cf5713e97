import Foundation

/// Long sweeps: with `HEALING_SWEEP=all`, as `make test-redaction` and `make test-damage` set it, a test tries every case;
/// otherwise it tries a fixed share.
package enum Sweep {
  package static let isWhole = ProcessInfo.processInfo.environment["HEALING_SWEEP"] == "all"

  /// Returns all cases, or every `step`th.
  package static func share<Case>(of cases: [Case], every step: Int) -> [Case] {
    isWhole ? cases : cases.enumerated().filter { $0.offset.isMultiple(of: step) }.map(\.element)
  }
}
