import Synchronization

/// A policy that components share: it is large, and most components have the engine's.
final class SharedPolicy: Sendable {
  let policy: ComponentPolicy
  let source: PolicyChange.Source
  private let writtenText = Lock<PolicyText?>(nil)

  init(_ policy: ComponentPolicy, _ source: PolicyChange.Source) {
    self.policy = policy
    self.source = source
  }

  /// Whether it is the engine's policy, apart from the breaker.
  var isOfEngine: Bool { source != .explicit }

  /// The policy as the ledger stores it.
  var text: PolicyText {
    writtenText.withLock { text in
      if let text { return text }
      let written = PolicyText(policy)
      text = written
      return written
    }
  }
}

/// The policy of an engine and its variants with other breakers, each shared by components.
final class EnginePolicies: Sendable {
  /// Maximum number of shared variants; past it, each component gets its own.
  private static let limit = 64

  let standard: SharedPolicy
  private let others = Lock<[CircuitBreakerOptions: SharedPolicy]>([:])

  init(_ policy: ComponentPolicy) { standard = SharedPolicy(policy, .default) }

  /// Returns the engine's policy with a breaker that a client set.
  func with(_ options: CircuitBreakerOptions) -> SharedPolicy {
    others.withLock { others in
      if let policy = others[options] { return policy }
      var policy = standard.policy
      policy.breaker = options
      let shared = SharedPolicy(policy, .registered)
      if others.count < Self.limit { others[options] = shared }
      return shared
    }
  }
}

/// Thrown when a component gets a second policy; the first one stays in force.
/// ``RecoveryEngine/setPolicy(_:of:)`` replaces a policy.
public struct PolicyConflictError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName
  /// The policy in force, as the ledger stores it.
  public let inForce: String
  /// The policy that was refused.
  public let refused: String

  /// The component, both policies and the remedy in one line.
  public var description: String {
    "\(component) already has another policy; replace it with setPolicy(_:of:). In force: \(inForce). Rejected: \(refused)"
  }
}

/// Thrown when an override is set on a component whose policy has no circuit breaker.
public struct NoCircuitBreakerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName

  /// The component and the remedy in one line.
  public var description: String {
    "\(component) has no circuit breaker to force; set a policy with one"
  }
}
