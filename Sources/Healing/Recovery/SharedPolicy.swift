import Synchronization

/// A policy that components share: it is large, and most components have the engine's.
final class SharedPolicy: Sendable {
  let policy: ComponentPolicy
  /// Whether it is the engine's, but for the breaker.
  let isOfEngine: Bool

  init(_ policy: ComponentPolicy, isOfEngine: Bool = false) {
    self.policy = policy
    self.isOfEngine = isOfEngine
  }
}

/// The policy of an engine, and the same with other breakers, each of which components share.
final class EnginePolicies: Sendable {
  /// More are made for each component anew.
  private static let limit = 64

  let standard: SharedPolicy
  private let others = Lock<[CircuitBreakerOptions: SharedPolicy]>([:])

  init(_ policy: ComponentPolicy) { standard = SharedPolicy(policy, isOfEngine: true) }

  func with(_ options: CircuitBreakerOptions) -> SharedPolicy {
    if standard.policy.breaker == options { return standard }
    return others.withLock { others in
      if let policy = others[options] { return policy }
      var policy = standard.policy
      policy.breaker = options
      let shared = SharedPolicy(policy, isOfEngine: true)
      if others.count < Self.limit { others[options] = shared }
      return shared
    }
  }
}
