/// Another source for an operation's value, typed by the operation's own type.
///
/// ```swift
/// let answer = try await engine.execute(
///   "generate", on: "openai_adapter",
///   fallbacks: [
///     Fallback("anthropic") { try await anthropic.generate(prompt) },
///     Fallback("apology") { error in "Sorry: \(error.category)" },
///   ]
/// ) { try await openAI.generate(prompt) }
/// ```
public struct Fallback<Value>: Sendable {
  /// Stands in the ledger.
  public let name: String
  let run: @Sendable (FallbackInput) async throws -> Value

  /// A source that wants to know what went wrong.
  public init(_ name: String, _ run: @escaping @Sendable (FallbackInput) async throws -> Value) {
    self.name = name
    self.run = run
  }

  /// A source that does not.
  public init(_ name: String, _ run: @escaping @Sendable () async throws -> Value) {
    self.name = name
    self.run = { _ in try await run() }
  }
}

/// What a fallback is told.
public struct FallbackInput: Sendable {
  /// What went wrong: the operation's own error, or ``CircuitOpenError``.
  public let error: any Error
  /// The component that failed.
  public let component: ComponentName
  /// The call on it.
  public let operation: String
  /// How the error was classified.
  public let classification: ErrorClassification

  /// What kind of thing failed.
  public var category: ErrorCategory { classification.category }
}
