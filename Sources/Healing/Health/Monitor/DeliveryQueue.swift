/// The alerts of one receiver: delivered one at a time, in the order in which they were sent. A pure state.
struct DeliveryQueue: Sendable {
  /// Not given to the receiver yet, in order, at most one of each component.
  private(set) var waiting: [AlertRecord] = []
  /// Failed deliveries, to be queued again at a later check: the latest of each component.
  private(set) var undelivered: [ComponentName: AlertRecord] = [:]
  /// Whether a task delivers the queue.
  private(set) var isDelivering = false
  /// Whether the monitor that was replaced still delivers to this receiver.
  private(set) var isHeld = false

  /// Takes the place of an earlier alert of the component that is still here.
  mutating func enqueue(_ alert: AlertRecord) {
    remove(alert.component)
    waiting.append(alert)
  }

  /// Keeps an alert whose delivery has failed.
  mutating func keep(_ alert: AlertRecord) { undelivered[alert.component] = alert }

  /// Queues a failed delivery of the component again.
  mutating func retry(_ component: ComponentName) {
    if let alert = undelivered.removeValue(forKey: component) { waiting.append(alert) }
  }

  /// Drops what waits about a component, except the end of an incident.
  mutating func forget(_ component: ComponentName) {
    waiting.removeAll { $0.component == component && !$0.isResolved }
    if undelivered[component]?.isResolved == false { undelivered[component] = nil }
  }

  private mutating func remove(_ component: ComponentName) {
    waiting.removeAll { $0.component == component }
    undelivered[component] = nil
  }

  /// - Returns: whether the caller must start to deliver: something waits, and no task delivers it.
  mutating func begin() -> Bool {
    guard !isDelivering, !isHeld, !waiting.isEmpty else { return false }
    isDelivering = true
    return true
  }

  /// The next alert to deliver, without those that `isSuperseded` rejects; `nil`: none, and the delivering has ended.
  mutating func next(_ isSuperseded: (AlertRecord) -> Bool) -> AlertRecord? {
    waiting.removeAll(where: isSuperseded)
    guard !waiting.isEmpty else {
      isDelivering = false
      return nil
    }
    return waiting.removeFirst()
  }

  /// Gives away everything but the delivery in progress.
  mutating func handOver() -> DeliveryQueue {
    var handed = DeliveryQueue()
    (handed.waiting, handed.undelivered, handed.isHeld) = (waiting, undelivered, isDelivering || isHeld)
    (waiting, undelivered) = ([], [:])
    return handed
  }

  /// Puts what another queue gave away before what is here, where nothing later is.
  mutating func takeOver(_ former: DeliveryQueue) {
    let own = Set(waiting.map(\.component)).union(undelivered.keys)
    waiting = former.waiting.filter { !own.contains($0.component) } + waiting
    undelivered.merge(former.undelivered.filter { !own.contains($0.key) }) { own, _ in own }
    isHeld = isHeld || former.isHeld
  }

  /// The monitor that was replaced has ended its delivery.
  mutating func release() { isHeld = false }
}
