/// Gets the value from other sources; each source is used for calls with its type of value.
///
/// ```swift
/// let fallback = FallbackStrategy(
///   Fallback<String>("apology") { "Please ask again later." }, Fallback<Int>("none") { 0 })
/// let answer = await fallback.execute { try await openAI.generate(prompt) }.value
/// ```
public struct FallbackStrategy: RecoveryStrategy {
  /// How the fallbacks are run.
  public let options: FallbackOptions
  /// The fallbacks, of type `Fallback<…>`, in order.
  private var sources: [any Sendable]
  /// The names of the fallbacks' types of value, for messages.
  private(set) var valueTypes = ""
  private let time: any TimeSource

  /// Creates a strategy.
  /// - Parameters:
  ///   - fallbacks: the fallbacks, in order.
  ///   - options: how the fallbacks are run.
  ///   - time: the clock for their time limit; virtual in tests.
  public init<each Value>(
    _ fallbacks: repeat Fallback<each Value>, options: FallbackOptions = .standard,
    time: any TimeSource = SystemTimeSource()
  ) {
    self.options = options
    self.time = time
    sources = []
    var types: [String] = []
    repeat sources.append(each fallbacks)
    repeat types.append((each fallbacks).valueType)
    valueTypes = types.joined(separator: ", ")
  }

  /// Returns a copy with one more fallback, run last.
  public func adding<Value>(_ fallback: Fallback<Value>) -> FallbackStrategy {
    var more = self
    more.sources.append(fallback)
    more.valueTypes += (valueTypes.isEmpty ? "" : ", ") + fallback.valueType
    return more
  }

  /// `fallback`
  public var name: String { "fallback" }
  /// ``RecoveryAction/fallback``.
  public var action: RecoveryAction { .fallback }
  /// Returns whether another source may help: not when the request itself is wrong, and not for a cancellation.
  public func canRecover(_ failure: FailedCall) -> Bool { failure.classification.shouldFallback }

  /// Returns the fallbacks for a type of value.
  func sources<Value>(of type: Value.Type) -> [Fallback<Value>] {
    sources.compactMap { $0 as? Fallback<Value> }
  }

  /// Runs the fallbacks in order. The operation is not run again.
  public func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
    -> RecoveryResult<Value>
  {
    await Self.ask(sources(of: Value.self), failure, options, time: time)
  }

  /// - Returns: the first value, or the failure's error with a message for each fallback.
  static func ask<Value>(
    _ fallbacks: [Fallback<Value>], _ failure: FailedCall, _ options: FallbackOptions, time: any TimeSource
  ) async -> RecoveryResult<Value> {
    var problems: [String] = []
    let able = fallbacks.filter { $0.canAnswer(failure) }
    for (index, fallback) in able.enumerated() {
      switch await run(fallback, failure, limit: options.timeout, time: time) {
      case .value(let value):
        return .succeeded(value, attempts: index + 1, message: "\(fallback.name) answered")
      case .failed(let error) where Task.isCancelled:
        return .failed(error, attempts: index + 1, message: "cancelled during \(fallback.name)")
      case .cancelled:
        return .cancelled(
          CancellationError(), attempts: index + 1, message: "cancelled during \(fallback.name)")
      case .failed(let error):
        problems.append("\(fallback.name): \(KnownErrorTypes.message(of: error))")
      case .timedOut:
        problems.append("\(fallback.name): timed out")
      }
    }
    let message = problems.isEmpty ? "no fallback for this call" : problems.joined(separator: "; ")
    return .failed(failure, attempts: able.count, message: message)
  }

  /// Runs one fallback. At its time limit it is abandoned, also when it ignores cancellation.
  private static func run<Value>(
    _ fallback: Fallback<Value>, _ failure: FailedCall, limit: Duration?, time: any TimeSource
  ) async -> TimeoutOutcome<Value> {
    if let limit {
      return await withTimeout(for: limit, time: time) { try await fallback.run(failure) }
    }
    do { return .value(try await fallback.run(failure)) } catch { return .failed(error) }
  }
}
