import Healing

/// The ledgers whose rows a ledger holds, and the rule by which it takes the rows of another one.
///
/// Each ledger's rows come once: by its own writers, directly from it, or with one other ledger that holds them. A second way would count
/// them twice, because ids, runs and totals of the two ways differ. So merge and ingest refuse it.
struct HeldLedgers {
  /// How rows come.
  enum Way {
    case merge
    case ingest
  }

  /// Why the rows of a ledger are refused, and what to do instead.
  struct Refusal {
    let problem: String
    let remedy: String
  }

  private struct Held {
    /// The identity of the ledger that it came with; `nil`: it came directly.
    let whole: String?
    /// Whether it was merged, as opposed to ingested.
    let isMerged: Bool
  }

  private var own: String?
  /// By identity.
  private var held: [String: Held] = [:]

  /// Of a target that does not exist yet.
  init() {}

  init(_ connection: Connection) throws(SQLiteError) {
    own = try LedgerIdentity.find(connection)
    // A ledger of an earlier schema holds no rows of others.
    if own == nil { return }
    let rows = try connection.rows(
      """
      SELECT s.identity, w.identity AS whole,
        EXISTS (SELECT 1 FROM source_process p WHERE p.source_id = s.id) AS is_merged
      FROM source_ledger s LEFT JOIN source_ledger w ON w.id = s.part_of
      """
    ) { row in
      (row.text("identity"), Held(whole: row.optionalText("whole"), isMerged: row.integer("is_merged") == 1))
    }
    held = Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Whether rows of a ledger are here.
  func contains(_ identity: String) -> Bool { identity == own || held[identity] != nil }

  /// Records that a ledger is merged, with those whose rows it holds.
  mutating func add(_ identity: String, holding others: [String]) {
    held[identity] = Held(whole: nil, isMerged: true)
    for other in others where held[other] == nil { held[other] = Held(whole: identity, isMerged: false) }
  }

  /// Returns why the rows of a ledger would be counted twice; `nil` when they would not.
  /// - Parameters:
  ///   - others: the ledgers whose rows it holds.
  ///   - target: the name of the ledger that would take the rows, for the message.
  func refusal(of identity: String, holding others: [String], by way: Way, into target: String) -> Refusal? {
    // An export can be ingested into its own ledger: what is missing there is added.
    if identity == own && way == .ingest { return nil }
    if identity == own {
      return Refusal(
        problem: "the ledger is \(target) itself, or a copy of it", remedy: "give another ledger")
    }
    if held[identity]?.whole != nil {
      return Refusal(
        problem: "its rows came into \(target) with another ledger that they were merged into",
        remedy: "merge either the one or the other, into a new ledger")
    }
    if way == .merge, let known = held[identity], !known.isMerged {
      return Refusal(
        problem: "its rows were ingested into \(target) from an export",
        remedy: "merge it into a ledger without these rows")
    }
    let isShared = others.contains { other in
      other != identity && (other == own || held[other].map { $0.whole != identity } ?? false)
    }
    guard isShared else { return nil }
    return Refusal(
      problem: "it holds rows of another ledger that \(target) holds too",
      remedy: "merge each ledger once, directly into \(target)")
  }
}
