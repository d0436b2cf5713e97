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

  /// Whether it is the engine's, but for the breaker.
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

/// The policy of an engine, and the same with other breakers, each of which components share.
final class EnginePolicies: Sendable {
  /// More are made for each component anew.
  private static let limit = 64

  let standard: SharedPolicy
  private let others = Lock<[CircuitBreakerOptions: SharedPolicy]>([:])

  init(_ policy: ComponentPolicy) { standard = SharedPolicy(policy, .default) }

  /// The engine's policy with a breaker that a client gave.
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

/// Thrown when a component gets a second policy: the first one stays in force. ``RecoveryEngine/setPolicy(_:of:)`` replaces
/// a policy.
public struct PolicyConflictError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName
  /// The policy in force, as the ledger stores it.
  public let inForce: String
  /// The policy that was refused.
  public let refused: String

  /// One line with the remedy.
  public var description: String {
    "\(component) has another policy already; replace it with setPolicy(_:of:). In force: \(inForce). Refused: \(refused)"
  }
}

/// Thrown when an operator's override is set on a component whose policy has no circuit breaker.
public struct NoCircuitBreakerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName

  /// One line with the remedy.
  public var description: String {
    "\(component) has no circuit breaker, so that its circuit cannot be forced; give it a policy with one"
  }
}
