/// A component's circuit, last check and last alert as they were at a time: one row of `state_at`.
public struct ComponentStateAt: Sendable, Hashable {
  /// The component.
  public var component: ComponentName
  /// The circuit's state; closed before its first change.
  public var state: CircuitState
  /// The reason of the circuit's last change; `nil` before the first.
  public var reason: String?
  /// When the circuit last changed; `nil` before the first change.
  public var since: Timestamp?
  /// End of the circuit's wait; `nil` unless it is open.
  public var until: Timestamp?
  /// The operator who made the last change; `nil` when the breaker changed by itself.
  public var actor: String?
  /// The status of the last check; `nil` before the first.
  public var status: HealthStatus?
  /// Time of the last check.
  public var checkedAt: Timestamp?
  /// Message of the last check.
  public var checkMessage: String?
  /// Kind of the last alert; `nil` before the first.
  public var alert: String?
  /// Time of the last alert.
  public var alertAt: Timestamp?

  package init(component: ComponentName, state: CircuitState) {
    self.component = component
    self.state = state
  }
}
