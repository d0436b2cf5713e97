import Healing
import Synchronization

/// Finds components by name, with the policy that fits what the ledger knows of them.
struct ComponentCatalog: Sendable {
  private let engine: RecoveryEngine

  init(engine: RecoveryEngine) { self.engine = engine }

  /// - Throws: 404 when the ledger does not know the component.
  func require(_ name: ComponentName) async throws {
    guard try await engine.ledger.components.all().contains(where: { $0.name == name }) else {
      throw Self.unknown(name)
    }
  }

  static func unknown(_ name: ComponentName) -> Problem {
    Problem(
      404, "no component is called \(name)", fields: [.init(field: "component", message: "is not known")])
  }

  /// The component, made known if it is not. One that has a breaker in the ledger has one here, too, also after a
  /// restart of this process or when it was another process that gave it one.
  func component(_ name: ComponentName) async throws(LedgerError) -> Component {
    let component = engine.component(name)
    guard component.policy.breaker == nil,
      try await engine.ledger.breakers.all().contains(where: { $0.component == name })
    else { return component }
    return withBreaker(.standard, name)
  }

  /// Gives a component a breaker, or another one; its state goes on.
  func withBreaker(_ options: CircuitBreakerOptions, _ name: ComponentName) -> Component {
    let component = engine.component(name)
    guard component.policy.breaker != options else { return component }
    var policy = component.policy
    policy.breaker = options
    return engine.setPolicy(policy, of: name)
  }
}
