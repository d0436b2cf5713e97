import Synchronization

/// What all components of an engine share.
final class EngineContext: Sendable {
  let ledger: any Ledger
  let time: any TimeSource
  let detector: ErrorDetector
  let events = EventHub()
  private let generator: Lock<SplitMix64>
  /// The states of the engine's components, which may outlive it in the hands of a service.
  private let states = Lock<[ComponentName: WeakState]>([:])

  private struct WeakState: Sendable {
    weak let state: GuardedState?
  }

  init(ledger: any Ledger, time: any TimeSource, classifiers: [any ErrorClassifier], seed: UInt64) {
    self.ledger = ledger
    self.time = time
    self.detector = ErrorDetector(classifiers: classifiers, time: time, makeID: { ledger.makeID() })
    self.generator = Lock(SplitMix64(seed: seed))
  }

  func register(_ component: Component) {
    states.withLock { $0[component.name] = WeakState(state: component.state) }
  }

  /// Takes over what other processes have done with breakers. Nothing is written down: it has been.
  /// - Returns: those of components that nobody has asked for yet.
  func takeOver(_ breakers: [BreakerSnapshot]) -> [BreakerSnapshot] {
    breakers.filter { breaker in
      guard let state = states.withLock({ $0[breaker.component]?.state }) else { return true }
      adopt(breaker, into: state)
      return false
    }
  }

  func adopt(_ breaker: BreakerSnapshot, into state: GuardedState) {
    let wall = time.wallClock()
    let now = time.monotonicNanoseconds()
    state.withLock { $0.adopt(breaker, wall: wall, monotonic: now) }
  }

  /// Writes down and tells.
  func note(_ entry: LedgerEntry) {
    ledger.record(entry)
    switch entry {
    case .error(let error): events.publish(.error(error))
    case .recovery(let recovery): events.publish(.recovery(recovery))
    case .transition(let transition, _): events.publish(.transition(transition))
    case .check(let check): events.publish(.check(check))
    case .alert(let alert): events.publish(.alert(alert))
    case .component, .sample, .recoveryStarted, .recoveryEnded, .breaker, .metricsReset: break
    }
  }

  /// The decision after a failed attempt, jitter drawn from the engine's generator.
  func decide(_ schedule: inout RetrySchedule, retryAfter: Duration?) -> RetrySchedule.Decision {
    generator.withLock { generator in
      var local = generator
      defer { generator = local }
      return schedule.failed(retryAfter: retryAfter, using: &local)
    }
  }
}
