import Healing

/// Declarations that the examples use.
struct Example {
  let engine: RecoveryEngine
  let shop: Shop
  let monitor: HealthMonitor
  let carts: Component
  let orders: Component
  let error: any Error
  var cart = Cart()
}
