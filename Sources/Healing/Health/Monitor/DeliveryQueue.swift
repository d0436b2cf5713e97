/// The alerts of one receiver, delivered one at a time, in the order in which they were sent. A pure value.
struct DeliveryQueue: Sendable {
  /// Alerts not yet passed to the receiver, in order, at most one per component or incident.
  private(set) var waiting: [AlertRecord] = []
  /// Failed deliveries to retry later: the latest of each component or incident, by ``AlertRecord/subject``.
  private(set) var undelivered: [String: AlertRecord] = [:]
  /// Whether a task is delivering the queue.
  private(set) var isDelivering = false
  /// Whether the replaced monitor is still delivering to this receiver.
  private(set) var isHeld = false

  /// Queues an alert, and drops an earlier queued alert of the component or incident.
  mutating func enqueue(_ alert: AlertRecord) {
    remove(alert.subject)
    waiting.append(alert)
  }

  /// Stores an alert whose delivery failed.
  mutating func keep(_ alert: AlertRecord) { undelivered[alert.subject] = alert }

  /// Queues a failed delivery of the component or incident again.
  mutating func retry(_ subject: String) {
    if let alert = undelivered.removeValue(forKey: subject) { waiting.append(alert) }
  }

  /// Drops the queued alerts of a component, except the end of an incident.
  mutating func forget(_ component: ComponentName) {
    waiting.removeAll { $0.component == component && !$0.isResolved }
    if undelivered[component.text]?.isResolved == false { undelivered[component.text] = nil }
  }

  private mutating func remove(_ subject: String) {
    waiting.removeAll { $0.subject == subject }
    undelivered[subject] = nil
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

  /// Puts another queue's alerts before those of this queue, except for components and incidents that have an alert here.
  mutating func merge(_ former: DeliveryQueue) {
    let own = Set(waiting.map(\.subject)).union(undelivered.keys)
    waiting = former.waiting.filter { !own.contains($0.subject) } + waiting
    undelivered.merge(former.undelivered.filter { !own.contains($0.key) }) { own, _ in own }
    isHeld = isHeld || former.isHeld
  }

  /// Ends the hold: the replaced monitor has ended its delivery.
  mutating func release() { isHeld = false }
}
