import Healing

// How programs with the compiler's default settings use the library beyond the examples.

/// A strategy that does without the call.
struct NothingStrategy: RecoveryStrategy {
  nonisolated(nonsending) func recover<Value>(
    _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value> { .failed(failure.error) }
}

/// A wrapper around a strategy, with all that a strategy can say.
struct LoggedStrategy<Base: RecoveryStrategy>: RecoveryStrategy {
  let base: Base
  var name: String { base.name }
  var action: RecoveryAction { base.action }
  func canRecover(_ failure: FailedCall) -> Bool { base.canRecover(failure) }

  nonisolated(nonsending) func recover<Value>(
    _ failure: FailedCall, _ operation: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value> { await base.recover(failure, operation) }

  nonisolated(nonsending) func execute<Value>(
    _ operation: String, on component: ComponentName, time: any TimeSource,
    _ body: nonisolated(nonsending) () async throws -> Value
  ) async -> RecoveryResult<Value> { await base.execute(operation, on: component, time: time, body) }
}

struct RefusedByHost: Error {}

struct HostClassifier: ErrorClassifier {
  func classify(_ error: any Error) -> ErrorClassification? {
    error is RefusedByHost ? ErrorClassification(category: .api, rule: "host") : nil
  }
}

/// An actor that makes its calls itself.
actor Till {
  private let component: Component
  private var cart = Cart()
  private var receipts = 0

  init(component: Component) { self.component = component }

  var count: Int { cart.items.count }
  var total: Int { receipts }

  func buy(_ outcome: @Sendable () throws -> Void) async throws -> Int {
    let bought = try await component.execute("buy", initialState: cart) { cart in
      cart.add(item)
      receipts += 1
      try outcome()
      return cart.items.count
    }
    cart = bought.state
    return bought.value
  }

  func tryToBuy(_ outcome: @Sendable () throws -> Void) async -> Bool {
    let bought = await RollbackStrategy().execute(initialState: cart) { cart in
      cart.add(item)
      try outcome()
    }
    if let value = bought.value { cart = value.state }
    return bought.value != nil
  }

  func look() async throws -> Int {
    try await component.execute("look", fallbacks: [Fallback("none") { 0 }]) { cart.items.count }
  }

  func pay() async throws {
    try await component.executeSteps("pay") { steps in
      try await steps.run("charge") {
        try await bank.charge(Seat())
      } undo: {
        try await bank.refund($0)
      }
      receipts += 1
    }
  }
}

@MainActor final class Window {
  var title = ""

  func load(_ component: Component) async throws {
    title = try await component.execute("load") { title + "!" }
  }
}

func through<Value>(_ component: Component, _ body: () async throws -> Value) async throws -> Value {
  try await component.execute("through") { try await body() }
}
