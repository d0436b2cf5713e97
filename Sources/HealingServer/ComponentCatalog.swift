import Healing
import Synchronization

/// Finds components by name and applies the breaker that the ledger has for them.
struct ComponentCatalog: Sendable {
  private let engine: RecoveryEngine

  init(engine: RecoveryEngine) { self.engine = engine }

  /// Returns the name if the component is known, also when its first call is not on disk yet. Creates no component.
  /// - Throws: 404 when the ledger does not know the name, `LedgerError` when the ledger cannot be read.
  func find(_ name: ComponentName) async throws -> ComponentName {
    await engine.ledger.settleForReading()
    guard try await engine.ledger.components.find(name) != nil else { throw await unknown(name.text) }
    return name
  }

  /// Limits of the search for a similar name, in components and in characters: the search costs time.
  private static let (mostCompared, longestCompared) = (1_000, 100)

  /// Returns the 404 for an unknown name, with a similar known name as a hint.
  func unknown(_ name: String) async -> ProblemDetails {
    var hint = ";"
    if name.unicodeScalars.count <= Self.longestCompared,
      let known = try? await engine.ledger.components.all(), known.count <= Self.mostCompared,
      let nearest = Spelling.nearest(to: name, among: known.map(\.name.text))
    {
      hint = "; did you mean \(nearest)?"
    }
    return ProblemDetails(
      404, "no component is called \(name)\(hint) GET /api/v1/healing/components lists them",
      fields: [.init(field: "component", message: "is not known")])
  }

  /// Admits the new components among `names`: all of them or none.
  /// - Throws: 429 that names the first component past the limit.
  func admit(_ names: [ComponentName]) throws(ProblemDetails) {
    do throws(ComponentLimitError) {
      try engine.admit(names)
    } catch {
      throw ProblemDetails(
        429,
        "\(error.component) is a new component, and the limit of \(error.limit) components is reached; forget "
          + "components that are no longer used (DELETE /api/v1/healing/components/NAME), or raise max_components",
        fields: [.init(field: "component", message: "is new, past the limit of \(error.limit) components")])
    }
  }

  /// Returns a component and makes it known if it is new. A component with a breaker in the ledger gets that
  /// breaker, also after a restart of this process and when another process registered it.
  /// - Throws: 429 when the component is new and the limit is reached.
  func component(_ name: ComponentName) throws(ProblemDetails) -> Component {
    try admit([name])
    let component = engine.component(name)
    return component.hasPendingBreaker ? withRegisteredBreaker(name) : component
  }

  /// Gives a component a breaker, or replaces its breaker. The state of the breaker is kept.
  func withBreaker(_ options: CircuitBreakerOptions, _ name: ComponentName) -> Component {
    engine.component(name, withBreaker: options)
  }

  /// Returns a component with the breaker that a client registered before this process started, else with the
  /// standard breaker.
  private func withRegisteredBreaker(_ name: ComponentName) -> Component {
    withBreaker(engine.registeredBreaker(of: name) ?? .standard, name)
  }

  /// Returns a component that the ledger knows to have a breaker.
  func componentWithBreaker(_ name: ComponentName) throws(ProblemDetails) -> Component {
    let component = try component(name)
    return component.policy.breaker == nil ? withRegisteredBreaker(name) : component
  }
}
