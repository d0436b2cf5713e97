/// The alerts of one receiver, delivered one at a time, in the order in which they were sent. A pure value.
struct DeliveryQueue: Sendable {
  /// Alerts not yet passed to the receiver, in order, at most one per component.
  private(set) var waiting: [AlertRecord] = []
  /// Failed deliveries to retry at a later check: the latest of each component.
  private(set) var undelivered: [ComponentName: AlertRecord] = [:]
  /// Whether a task is delivering the queue.
  private(set) var isDelivering = false
  /// Whether the replaced monitor is still delivering to this receiver.
  private(set) var isHeld = false

  /// Queues an alert, and drops an earlier queued alert of the component.
  mutating func enqueue(_ alert: AlertRecord) {
    remove(alert.component)
    waiting.append(alert)
  }

  /// Stores an alert whose delivery failed.
  mutating func keep(_ alert: AlertRecord) { undelivered[alert.component] = alert }

  /// Queues a failed delivery of the component again.
  mutating func retry(_ component: ComponentName) {
    if let alert = undelivered.removeValue(forKey: component) { waiting.append(alert) }
  }

  /// Drops the queued alerts of a component, except the end of an incident.
  mutating func forget(_ component: ComponentName) {
    waiting.removeAll { $0.component == component && !$0.isResolved }
    if undelivered[component]?.isResolved == false { undelivered[component] = nil }
  }

  private mutating func remove(_ component: ComponentName) {
    waiting.removeAll { $0.component == component }
    undelivered[component] = nil
  }

  /// - Returns: whether the caller must start to deliver: alerts are queued, and no task delivers them.
  mutating func begin() -> Bool {
    guard !isDelivering, !isHeld, !waiting.isEmpty else { return false }
    isDelivering = true
    return true
  }

  /// Returns the next alert to deliver and drops those that `isSuperseded` accepts. `nil` ends the delivery.
  mutating func next(_ isSuperseded: (AlertRecord) -> Bool) -> AlertRecord? {
    waiting.removeAll(where: isSuperseded)
    guard !waiting.isEmpty else {
      isDelivering = false
      return nil
    }
    return waiting.removeFirst()
  }

  /// Moves everything but the delivery in progress into a new queue, and returns it.
  mutating func handOver() -> DeliveryQueue {
    var handed = DeliveryQueue()
    (handed.waiting, handed.undelivered, handed.isHeld) = (waiting, undelivered, isDelivering || isHeld)
    (waiting, undelivered) = ([], [:])
    return handed
  }

  /// Puts another queue's alerts before those of this queue, except for components that have an alert here.
  mutating func merge(_ former: DeliveryQueue) {
    let own = Set(waiting.map(\.component)).union(undelivered.keys)
    waiting = former.waiting.filter { !own.contains($0.component) } + waiting
    undelivered.merge(former.undelivered.filter { !own.contains($0.key) }) { own, _ in own }
    isHeld = isHeld || former.isHeld
  }

  /// Ends the hold: the replaced monitor has ended its delivery.
  mutating func release() { isHeld = false }
}
