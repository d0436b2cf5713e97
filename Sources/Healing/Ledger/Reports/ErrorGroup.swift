/// A fault of a component, with its errors in a range: one row of `error_groups`.
public struct ErrorGroup: Sendable, Hashable {
  /// How a range's errors stand to earlier ones.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Standing: String, Sendable, Codable, CaseIterable {
    /// The fault had errors before the range.
    case known
    /// The range has the first error, and the component had 1,000 executions before the release of that error.
    case new
    /// As `new`, but the component had fewer executions before: too few to know.
    case unknown
    /// The fault had errors, and then none for 7 days.
    case returned
  }

  /// The component.
  public var component: ComponentName
  /// The fault.
  public var fingerprint: Fingerprint
  /// Category of the first error.
  public var category: ErrorCategory
  /// Severity of the first error.
  public var severity: ErrorSeverity
  /// Type of the first error.
  public var type: String
  /// Message of the first error, its first 200 characters.
  public var message: String
  /// Time of the first error, of all time.
  public var firstAt: Timestamp
  /// Time of the last error, of all time.
  public var lastAt: Timestamp
  /// Errors in the range, references included.
  public var occurrences: Int64
  /// Of these, those that an inner component counts too.
  public var referred: Int64
  /// Errors of all time.
  public var total: Int64
  /// Number of releases that had the fault.
  public var releases: Int64
  /// Release of the first error; `nil` when the program gave none.
  public var firstRelease: String?
  /// Release of the last error; `nil` when the program gave none.
  public var lastRelease: String?
  /// How the range's errors stand to earlier ones.
  public var standing: Standing
  /// Whether the fault reached this component in the range and another one before.
  public var isSpreading: Bool
  /// The last error of the group. Retention may have deleted its row.
  public var lastErrorID: LedgerID

  package init(
    component: ComponentName, fingerprint: Fingerprint, category: ErrorCategory, severity: ErrorSeverity,
    type: String, message: String, firstAt: Timestamp, lastAt: Timestamp, occurrences: Int64, referred: Int64,
    total: Int64, releases: Int64, firstRelease: String?, lastRelease: String?, standing: Standing,
    isSpreading: Bool, lastErrorID: LedgerID
  ) {
    self.component = component
    self.fingerprint = fingerprint
    self.category = category
    self.severity = severity
    self.type = type
    self.message = message
    self.firstAt = firstAt
    self.lastAt = lastAt
    self.occurrences = occurrences
    self.referred = referred
    self.total = total
    self.releases = releases
    self.firstRelease = firstRelease
    self.lastRelease = lastRelease
    self.standing = standing
    self.isSpreading = isSpreading
    self.lastErrorID = lastErrorID
  }
}

extension ErrorGroup: Encodable {
  private enum CodingKeys: String, CodingKey {
    case component, fingerprint, category, severity, type, message, occurrences, referred, total, releases,
      standing, spreading
    case first = "first_at"
    case last = "last_at"
    case firstRelease = "first_release"
    case lastRelease = "last_release"
    case lastErrorId = "last_error_id"
  }

  /// Encodes the columns of `error_groups`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(component, forKey: .component)
    try container.encode(fingerprint, forKey: .fingerprint)
    try container.encode(category, forKey: .category)
    try container.encode(severity, forKey: .severity)
    try container.encode(type, forKey: .type)
    try container.encode(message, forKey: .message)
    try container.encode(firstAt, forKey: .first)
    try container.encode(lastAt, forKey: .last)
    try container.encode(occurrences, forKey: .occurrences)
    try container.encode(referred, forKey: .referred)
    try container.encode(total, forKey: .total)
    try container.encode(releases, forKey: .releases)
    try container.encode(firstRelease, forKey: .firstRelease)
    try container.encode(lastRelease, forKey: .lastRelease)
    try container.encode(standing, forKey: .standing)
    try container.encode(isSpreading, forKey: .spreading)
    try container.encode(lastErrorID, forKey: .lastErrorId)
  }
}
