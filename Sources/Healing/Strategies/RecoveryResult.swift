/// The result of a recovery, or of a call that a standalone strategy made.
public struct RecoveryResult<Value> {
  /// The action taken.
  public internal(set) var action: RecoveryAction = .custom
  /// The strategy's name.
  public internal(set) var strategy = ""
  /// How the recovery ended.
  public internal(set) var outcome: RecoveryRecord.Outcome
  /// The operation's value, if there is one. A rollback succeeds without a value.
  public let value: Value?
  /// The error to throw when there is no value.
  public let error: (any Error)?
  /// Number of attempts.
  public let attempts: Int
  /// Duration of the recovery.
  public internal(set) var duration: Duration = .zero
  /// A one-line message for operators.
  public let message: String
  /// Other details, for the ledger.
  public let metadata: [String: String]
  /// Why a retry ended without success; `nil`: unknown.
  var gaveUp: RecoveryRecord.GaveUp?

  /// Creates a success with a value.
  public static func succeeded(
    _ value: Value, attempts: Int = 1, message: String = "", metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(.succeeded, value, nil, attempts, message, metadata)
  }

  /// Creates a success without a value, as of a rollback; `error` is still to be thrown.
  public static func done(
    throwing error: any Error, attempts: Int = 1, message: String = "", metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(.succeeded, nil, error, attempts, message, metadata)
  }

  /// Creates a failure. If the error is classified as a cancellation, such as `CancellationError`, the outcome
  /// is cancelled.
  public static func failed(
    _ error: any Error, attempts: Int = 1, message: String? = nil, metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(
      ErrorDetector.standard.classify(error).isCancellation ? .cancelled : .failed, nil, error, attempts,
      message ?? KnownErrorTypes.message(of: error), metadata)
  }

  /// Creates a failure with a call's last error, which is already classified.
  static func failed(_ failure: FailedCall, attempts: Int, message: String? = nil) -> RecoveryResult {
    RecoveryResult(
      failure.classification.isCancellation ? .cancelled : .failed, nil, failure.error, attempts,
      message ?? KnownErrorTypes.message(of: failure.error), [:])
  }

  /// Creates the result of a recovery that the caller cancelled.
  static func cancelled(_ error: any Error, attempts: Int, message: String) -> RecoveryResult {
    RecoveryResult(.cancelled, nil, error, attempts, message, [:])
  }

  init(
    _ outcome: RecoveryRecord.Outcome, _ value: Value?, _ error: (any Error)?, _ attempts: Int,
    _ message: String, _ metadata: [String: String]
  ) {
    self.outcome = outcome
    self.value = value
    self.error = error
    self.attempts = attempts
    self.message = message
    self.metadata = metadata
  }

  /// Whether the recovery succeeded.
  public var success: Bool { outcome == .succeeded }

  /// Returns the value.
  /// - Throws: ``error`` when there is no value.
  public func get() throws -> Value {
    guard let value else { throw error ?? CancellationError() }
    return value
  }

  /// Returns a copy with the strategy and the duration. A failure while the caller is cancelled becomes
  /// cancelled, except for a rollback, which also runs when the caller is cancelled.
  func by(_ strategy: some RecoveryStrategy, after duration: Duration) -> RecoveryResult {
    var result = by(strategy.action, after: duration)
    result.strategy = strategy.name
    return result
  }

  /// Returns a copy with the action and the duration, and with the action's name as the strategy's:
  /// ``by(_:after:)``.
  func by(_ action: RecoveryAction, after duration: Duration) -> RecoveryResult {
    var result = self
    if outcome == .failed && action != .rollback && Task.isCancelled { result.outcome = .cancelled }
    result.action = action
    result.strategy = action.rawValue
    result.duration = duration
    return result
  }
}

extension RecoveryResult: Sendable where Value: Sendable {}

extension RecoveryResult: Encodable {
  private enum CodingKeys: String, CodingKey {
    case action, strategy, success, outcome, attempts, message, metadata
    case durationMs = "duration_ms"
  }

  /// Encodes the fields of an entry of `GET /recovery/recent` that a result has, and `strategy`, `outcome` and
  /// `metadata`, without the value and the error. Redacts the texts.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(action, forKey: .action)
    try container.encode(strategy, forKey: .strategy)
    try container.encode(success, forKey: .success)
    try container.encode(outcome, forKey: .outcome)
    try container.encode(attempts, forKey: .attempts)
    try container.encode(duration.milliseconds, forKey: .durationMs)
    try container.encode(Redactor.redact(message), forKey: .message)
    try container.encode(Redactor.redact(metadata), forKey: .metadata)
  }
}
