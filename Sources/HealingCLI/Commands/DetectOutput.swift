import Healing

/// The result of `healing detect` for one error.
struct DetectOutput: Encodable {
  let category: String
  let severity: String
  let transient: Bool
  let should_retry: Bool
  let should_fallback: Bool
  let should_circuit_break: Bool
  let retry_delay_ms: Double?
  let rule: String
  let fingerprint: String
  let message: String

  init(_ error: ErrorContext) {
    let verdict = error.classification
    category = verdict.category.rawValue
    severity = verdict.severity.rawValue
    transient = verdict.isTransient
    should_retry = verdict.shouldRetry
    should_fallback = verdict.shouldFallback
    should_circuit_break = verdict.shouldCircuitBreak
    retry_delay_ms = verdict.retryDelay?.milliseconds
    rule = verdict.rule
    fingerprint = error.fingerprint.text
    message = error.message
  }

  static let columns = [
    "category", "severity", "transient", "should_retry", "should_fallback", "should_circuit_break",
    "retry_delay_ms", "rule", "message", "fingerprint",
  ]

  /// Returns the layout of a table whose rows are not known in advance. The widths fit the column names, the
  /// longest words of the closed vocabularies, and most rules.
  /// - Parameter width: terminal width, whose rest the message column gets; `nil`: unlimited.
  /// - Returns: `nil` when the terminal is too narrow.
  static func layout(width: Int?) -> TableLayout? {
    TableLayout(
      widths: [14, 8, 9, 12, 15, 20, 14, 32, width == nil ? 7 : 60, 19],
      isNumber: columns.map { $0 == "retry_delay_ms" }
    ).fitted(columns, to: width)
  }

  /// The cells for ``columns``.
  var row: [Cell] {
    [
      .text(category), .text(severity), .flag(transient), .flag(should_retry), .flag(should_fallback),
      .flag(should_circuit_break), retry_delay_ms.map(Cell.real) ?? .none, .text(rule), .text(message),
      .text(fingerprint),
    ]
  }
}
