import Foundation

/// Long sweeps: with `HEALING_SWEEP=all`, as `make test-redaction` and `make test-damage` set it, a test tries every case;
/// otherwise it tries a fixed share.
package enum Sweep {
  package static let isWhole = ProcessInfo.processInfo.environment["HEALING_SWEEP"] == "all"

  /// Returns all cases, or every `step`th from an index on.
  package static func share<Case>(of cases: [Case], every step: Int, from first: Int = 0) -> [Case] {
    isWhole ? cases : stride(from: first, to: cases.count, by: step).map { cases[$0] }
  }
}
