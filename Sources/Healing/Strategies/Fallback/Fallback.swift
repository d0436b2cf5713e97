/// Another source of an operation's value, of the operation's type.
///
/// ```swift
/// let answer = try await engine.execute(
///   "generate", on: "openai_adapter",
///   fallbacks: [
///     Fallback("anthropic") { try await anthropic.generate(prompt) },
///     Fallback("apology") { failure in "Sorry: \(failure.category)" },
///   ]
/// ) { try await openAI.generate(prompt) }
/// ```
public struct Fallback<Value>: Sendable {
  /// The fallback's name in the ledger.
  public let name: String
  /// Whether the fallback can answer a failure. One that takes an input needs an input of that type.
  let canAnswer: @Sendable (FailedCall) -> Bool
  let run: @Sendable (FailedCall) async throws -> Value

  /// The name of the value's type, for messages.
  var valueType: String { "\(Value.self)" }

  /// Creates a fallback that receives the failure.
  public init(_ name: String, _ run: @escaping @Sendable (FailedCall) async throws -> Value) {
    self.name = name
    self.canAnswer = { _ in true }
    self.run = run
  }

  /// Creates a fallback that does not receive the failure.
  public init(_ name: String, _ run: @escaping @Sendable () async throws -> Value) {
    self.init(name) { _ in try await run() }
  }

  /// Creates a fallback that needs the call's input. It is skipped for calls without an input, or with an input
  /// of another type.
  public init<Input: Sendable>(
    _ name: String, taking input: Input.Type,
    _ run: @escaping @Sendable (Input, FailedCall) async throws -> Value
  ) {
    self.name = name
    self.canAnswer = { $0.input is Input }
    self.run = { failure in
      guard let input = failure.input as? Input else { throw failure.error }
      return try await run(input, failure)
    }
  }
}
