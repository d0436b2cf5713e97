import Healing
import Synchronization

/// Finds components by name, with the policy that fits what the ledger knows of them.
struct ComponentCatalog: Sendable {
  private let engine: RecoveryEngine

  init(engine: RecoveryEngine) { self.engine = engine }

  /// The component that is called so. Goes by text: a process keeps every name that it makes, so one that only asks must
  /// not be able to make them.
  /// - Throws: 404 when the ledger does not know it.
  func find(_ text: String) async throws -> ComponentName {
    guard let found = try await engine.ledger.components.all().first(where: { $0.name.text == text }) else {
      throw Self.unknown(text)
    }
    return found.name
  }

  static func unknown(_ name: String) -> Problem {
    Problem(
      404, "no component is called \(name)", fields: [.init(field: "component", message: "is not known")])
  }

  /// The component, made known if it is not. One that has a breaker in the ledger has one here, too, also after a
  /// restart of this process or when it was another process that gave it one.
  /// A ledger that cannot be read now keeps no call from being recorded.
  func component(_ name: ComponentName) async throws -> Component {
    let component = engine.component(name)
    guard component.policy.breaker == nil,
      let breakers = try? await engine.ledger.breakers.all(), breakers.contains(where: { $0.component == name })
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
