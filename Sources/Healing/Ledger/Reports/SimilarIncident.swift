/// An earlier incident with similar errors.
public struct SimilarIncident: Sendable, Hashable, Encodable {
  /// Its id.
  public var id: String
  /// Its title, if a person has given it one.
  public var title: String?
  /// When it began.
  public var startedAt: Timestamp
  /// When it ended.
  public var endedAt: Timestamp
  /// Weighted Jaccard index of the faults of both incidents, by whole hours, 0...1.
  public var similarity: Double
  /// Number of faults that both have.
  public var commonFaults: Int64
  /// The last act of an operator, release or close of a circuit in the 2 minutes before it was mitigated; `nil` when there was none.
  public var endedBy: String?

  package init(
    id: String, title: String?, startedAt: Timestamp, endedAt: Timestamp, similarity: Double,
    commonFaults: Int64, endedBy: String?
  ) {
    self.id = id
    self.title = title
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.similarity = similarity
    self.commonFaults = commonFaults
    self.endedBy = endedBy
  }
}
