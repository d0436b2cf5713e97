import Healing
import Synchronization

/// Finds components by name, with the policy that fits what the ledger knows of them.
struct ComponentCatalog: Sendable {
  private let engine: RecoveryEngine

  init(engine: RecoveryEngine) { self.engine = engine }

  /// The component that is called so. Makes nothing.
  /// - Throws: 404 when the ledger does not know it, `LedgerError` when the ledger cannot be read.
  func find(_ text: String) async throws -> ComponentName {
    guard let name = try? ComponentName(validating: text),
      try await engine.ledger.components.find(name) != nil
    else { throw await unknown(text) }
    return name
  }

  /// Past so many components, and for a longer name, the nearest one is not looked for: that takes time.
  private static let (mostCompared, longestCompared) = (1_000, 100)

  /// That no component is called so, and which one may have been meant.
  func unknown(_ name: String) async -> Problem {
    var hint = ""
    if name.unicodeScalars.count <= Self.longestCompared,
      let known = try? await engine.ledger.components.all(), known.count <= Self.mostCompared,
      let nearest = Spelling.nearest(to: name, among: known.map(\.name.text))
    {
      hint = "; did you mean \(nearest)?"
    }
    return Problem(
      404, "no component is called \(name)\(hint)",
      fields: [.init(field: "component", message: "is not known")])
  }

  /// Makes sure that there is room for those of the components that are new: for all of them, or for none.
  /// - Throws: 429 naming the first one for which there is none.
  func admit(_ names: [ComponentName]) throws(Problem) {
    do throws(ComponentLimitError) {
      try engine.admit(names)
    } catch {
      throw Problem(
        429,
        "\(error.component) is a new component, and the limit of \(error.limit) components is reached; forget "
          + "components that are no longer used (DELETE /api/v1/healing/components/NAME), or raise max_components",
        fields: [.init(field: "component", message: "is new, past the limit of \(error.limit) components")])
    }
  }

  /// The component, made known if it is not. One that has a breaker in the ledger has one here, too, also after a
  /// restart of this process or when it was another process that gave it one.
  /// - Throws: 429 when it is new and there is no room for it.
  func component(_ name: ComponentName) throws(Problem) -> Component {
    try admit([name])
    let component = engine.component(name)
    return component.remembersBreaker ? withRegisteredBreaker(name) : component
  }

  /// Gives a component a breaker, or another one; its state goes on.
  func withBreaker(_ options: CircuitBreakerOptions, _ name: ComponentName) -> Component {
    engine.component(name, withBreaker: options)
  }

  /// The breaker that a client registered before this process started; the standard one when none did.
  private func withRegisteredBreaker(_ name: ComponentName) -> Component {
    withBreaker(engine.registeredBreaker(of: name) ?? .standard, name)
  }

  /// A component that the ledger knows to have a breaker.
  func componentWithBreaker(_ name: ComponentName) throws(Problem) -> Component {
    let component = try component(name)
    return component.policy.breaker == nil ? withRegisteredBreaker(name) : component
  }
}
