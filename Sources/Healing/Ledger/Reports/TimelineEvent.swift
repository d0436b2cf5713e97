/// An event of a range: one row of `incident_timeline`.
public struct TimelineEvent: Sendable, Hashable {
  /// When it happened.
  public var at: Timestamp
  /// `circuit`, `alert`, `check`, `fault`, `release`, `run`, `policy`, `component` or `note`; later versions add kinds.
  public var kind: String
  /// The component; `nil` for an event of none.
  public var component: ComponentName?
  /// The state before; `nil` where the kind has none.
  public var before: String?
  /// The state after, the release, or another word of the kind.
  public var after: String?
  /// A reason or a message.
  public var text: String?
  /// The person who acted; `nil` for an event without one.
  public var actor: String?
  /// The id of the row.
  public var ref: LedgerID

  package init(
    at: Timestamp, kind: String, component: ComponentName?, before: String?, after: String?, text: String?,
    actor: String?, ref: LedgerID
  ) {
    self.at = at
    self.kind = kind
    self.component = component
    self.before = before
    self.after = after
    self.text = text
    self.actor = actor
    self.ref = ref
  }
}
