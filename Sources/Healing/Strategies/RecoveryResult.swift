/// What became of a recovery, or of a call that a strategy made on its own.
public struct RecoveryResult<Value> {
  /// What was done.
  public internal(set) var action: RecoveryAction = .custom
  /// The strategy's name.
  public internal(set) var strategy = ""
  /// Whether the strategy did what it is for.
  public internal(set) var outcome: RecoveryRecord.Outcome
  /// The operation's value, where one was obtained. A rollback succeeds without one.
  public let value: Value?
  /// What is to be thrown when there is no value.
  public let error: (any Error)?
  /// How often something was tried.
  public let attempts: Int
  /// How long it took.
  public internal(set) var duration: Duration = .zero
  /// One line for people.
  public let message: String
  /// Anything else, for the ledger.
  public let metadata: [String: String]

  /// A value was obtained.
  public static func succeeded(
    _ value: Value, attempts: Int = 1, message: String = "", metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(.succeeded, value, nil, attempts, message, metadata)
  }

  /// The strategy did what it is for, which is not to obtain a value; `error` is still to be thrown.
  public static func done(
    throwing error: any Error, attempts: Int = 1, message: String = "", metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(.succeeded, nil, error, attempts, message, metadata)
  }

  /// The strategy did not help. An error that says that the caller gave up, such as `CancellationError`, makes it
  /// cancelled.
  public static func failed(
    _ error: any Error, attempts: Int = 1, message: String? = nil, metadata: [String: String] = [:]
  ) -> RecoveryResult {
    RecoveryResult(
      ErrorDetector.standard.classify(error).isCancellation ? .cancelled : .failed, nil, error, attempts,
      message ?? KnownErrorTypes.message(of: error), metadata)
  }

  /// The caller gave up meanwhile.
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

  /// Whether the strategy did what it is for.
  public var success: Bool { outcome == .succeeded }

  /// The value.
  /// - Throws: ``error`` when there is none.
  public func get() throws -> Value {
    guard let value else { throw error ?? CancellationError() }
    return value
  }

  /// With who did it and how long it took. What failed because the caller gave up was cancelled, but a rollback goes on
  /// all the same and has really failed.
  func by(_ strategy: some RecoveryStrategy, after duration: Duration) -> RecoveryResult {
    var result = self
    if outcome == .failed && Task.isCancelled && strategy.action != .rollback { result.outcome = .cancelled }
    result.action = strategy.action
    result.strategy = strategy.name
    result.duration = duration
    return result
  }
}

extension RecoveryResult: Sendable where Value: Sendable {}
