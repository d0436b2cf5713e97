public import Foundation

// `localizedDescription` of the module's errors has the words of `description`.

extension BulkheadFullError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension CircuitOpenError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension CompensationTimeoutError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension ComponentLimitError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension ConcurrencyLimiter.QueueFull: LocalizedError, CustomStringConvertible {
  /// One line.
  public var description: String { "too many callers wait for the limiter; this one was not queued" }
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension InvalidComponentNameError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension InvalidOptionError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension LedgerError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension NoCircuitBreakerError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension OperationTimeoutError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension PolicyConflictError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension UnacceptableResultError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
