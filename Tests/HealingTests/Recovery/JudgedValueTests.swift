import HealingTestSupport
import Synchronization
import Testing

@testable import Healing

/// The value of an attempt that was judged a failure is returned when no recovery succeeds, whatever a strategy did
/// with its own attempt.
@Suite struct JudgedValueTests {
  struct CommitFailed: Error {}

  /// Makes an attempt, and gives up although the attempt returned or was cancelled.
  struct Discarding: RecoveryStrategy {
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      _ = try? await operation()
      return .failed(CommitFailed())
    }
  }

  /// Gives up without a failure.
  struct Done: RecoveryStrategy {
    func recover<Value>(_ failure: FailedCall, _ operation: () async throws -> Value) async
      -> RecoveryResult<Value>
    {
      _ = try? await operation()
      return .done(throwing: failure.error)
    }
  }

  enum Second: CaseIterable {
    case good, ignored, failure, cancelled, thrown
  }

  @Test(arguments: Second.allCases, [true, false])
  func `an execution returns the last value that was judged a failure`(second: Second, gives: Bool)
    async throws
  {
    let ledger = InMemoryLedger()
    let engine = try await RecoveryEngine(ledger: ledger)
    let strategy: any RecoveryStrategy = gives ? Discarding() : Done()
    let component = try engine.component(
      "api", policy: ComponentPolicy(retry: nil, breaker: nil, strategies: [strategy]))
    var attempts = 0
    func judge(_ result: Result<Int, any Error>) -> CallVerdict? {
      switch (result, second) {
      case (.success(1), _), (.success(2), .failure): .failure()
      case (.success(2), .ignored): .ignored
      default: nil
      }
    }
    func call() async throws -> Int {
      try await component.execute("call", judge: judge) {
        attempts += 1
        if attempts == 2 && second == .cancelled { throw CancellationError() }
        if attempts == 2 && second == .thrown { throw CommitFailed() }
        return attempts
      }
    }
    switch second {
    case .good, .ignored: #expect(try await call() == 1)
    case .failure: #expect(try await call() == 2)
    // The last attempt has no value, so its error is thrown.
    case .thrown: await #expect(throws: CommitFailed.self) { try await call() }
    case .cancelled where gives:
      // The strategy's attempt was cancelled, and so is the execution.
      await #expect(throws: CommitFailed.self) { try await call() }
    case .cancelled: #expect(try await call() == 1)
    }
    #expect(attempts == 2)
  }
}
