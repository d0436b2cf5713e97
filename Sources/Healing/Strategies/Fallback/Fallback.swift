/// Another source for an operation's value, typed by the operation's own type.
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
  /// Stands in the ledger.
  public let name: String
  /// Whether it can answer a failure; one that takes an input needs to be given it.
  let canAnswer: @Sendable (FailedCall) -> Bool
  let run: @Sendable (FailedCall) async throws -> Value

  /// The type of its values, for people.
  var valueType: String { "\(Value.self)" }

  /// A source that wants to know what went wrong.
  public init(_ name: String, _ run: @escaping @Sendable (FailedCall) async throws -> Value) {
    self.name = name
    self.canAnswer = { _ in true }
    self.run = run
  }

  /// A source that does not.
  public init(_ name: String, _ run: @escaping @Sendable () async throws -> Value) {
    self.init(name) { _ in try await run() }
  }

  /// A source that needs what the call was made with. It is left out for calls that did not say, or that were made
  /// with something of another type.
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
