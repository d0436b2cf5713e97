/// What a person knows about an incident: one row of `incident_note`. Notes are only added, never changed.
public struct IncidentNote: Sendable, Hashable {
  /// What a note is about.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The title. The last one counts.
    case title
    /// The cause, in a person's words.
    case cause
    /// When people noticed the incident: an ISO 8601 time with its zone. The last one counts.
    case detectedAt = "detected_at"
    /// The id of another incident that is a part of this one.
    case merge
    /// The id of a merged incident that is no part any more.
    case split
    /// Something to do.
    case actionItem = "action_item"
    /// An address.
    case link
    /// Anything else.
    case text
  }

  /// Number of the row; 0 before it is stored.
  public var id: Int64
  /// When it was written.
  public var at: Timestamp
  /// The incident's id.
  public var incident: String
  /// What it is about.
  public var kind: Kind
  /// The words, without secrets.
  public let text: String
  /// The person who wrote it, without secrets.
  public let actor: String

  /// The longest text that a client may send, in characters.
  public static let maximumLength = 8_192

  /// Creates a note, and redacts `text` and `actor`.
  public init(
    id: Int64 = 0, at: Timestamp, incident: String, kind: Kind, text: String, actor: String
  ) {
    self.id = id
    self.at = at
    self.incident = incident
    self.kind = kind
    self.text = Redactor.redact(text)
    self.actor = Redactor.redactName(actor)
  }
}

extension IncidentNote: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, incident, kind, text, actor
  }

  /// Encodes the columns of `v_incident_notes`, the time as `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(incident, forKey: .incident)
    try container.encode(kind, forKey: .kind)
    try container.encode(text, forKey: .text)
    try container.encode(actor, forKey: .actor)
  }
}
