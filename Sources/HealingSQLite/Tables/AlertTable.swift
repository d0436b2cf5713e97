import Healing

/// Rows of `alert`.
enum AlertTable {
  /// - Returns: false when a row with this id exists: an alert recorded twice is written once.
  static func insert(_ alert: AlertRecord, _ context: WriteContext) throws(SQLiteError) -> Bool {
    let row = try context.connection.cached(
      """
      INSERT INTO alert (id, at, component_id, process_id, kind, status, previous_status, message, detail)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
      """)
    row.bind(1, alert.id.rawValue)
    row.bind(2, alert.at.microseconds)
    row.bind(3, context.componentID(alert.component))
    row.bind(4, context.process)
    let stored = storedKind(alert.kind, isResolved: alert.isResolved)
    row.bind(5, stored.rawValue)
    row.bind(6, alert.status.code)
    row.bind(7, alert.previousStatus?.code)
    row.bind(8, alert.message)
    row.bind(9, alert.kind == stored ? nil : alert.kind.rawValue)
    try row.runAndReset()
    return context.connection.changes > 0
  }

  /// Returns the value of the column `kind`: one of the kinds that its check constraint allows. The actual kind
  /// is in `detail` when it differs.
  static func storedKind(_ kind: AlertRecord.Kind, isResolved: Bool) -> AlertRecord.Kind {
    switch kind {
    case .raised, .reminder, .recovered: kind
    case .circuitOpened, .incidentOpened: .raised
    case .unwatched, .incidentEnded: .recovered
    case .incidentMitigated: .reminder
    case .circuitClosed: isResolved ? .recovered : .reminder
    }
  }

  private static let columns =
    "SELECT a.id, a.at, c.name AS component, a.kind, a.status, a.previous_status, a.message, a.detail"
  static let select = columns + " FROM alert a JOIN component c ON c.id = a.component_id"

  /// Alerts of a component by id among which those with the last positions are. Ids follow the positions but for alerts
  /// that several processes send within one poll of each other's ids, 100 ms.
  static let walkedRows = 256

  /// Selects each component's last row. A row without a position, from before the feed or of another ledger, is last only
  /// where no row has one.
  static let latest =
    columns + """
       FROM component c CROSS JOIN alert a
      WHERE a.id = coalesce(
        (SELECT id FROM (
            SELECT x.id, f.position FROM alert x CROSS JOIN feed f
            WHERE x.component_id = c.id AND f.kind = 4 AND f.id = x.id ORDER BY x.id DESC LIMIT \(walkedRows))
          ORDER BY position DESC LIMIT 1),
        (SELECT max(x.id) FROM alert x WHERE x.component_id = c.id))
      """

  /// Selects the last committed rows, newest first. They are ordered by position in the feed, because id and
  /// time depend on the clocks. Rows from before the feed existed come last.
  /// - Parameter ofOne: whether to select those of one component.
  static func selectLast(ofOne: Bool) -> String { ofOne ? lastOfOne : last }

  /// Selects the alerts of `fed`, which have a position in the feed, and of `earlier`, newest first.
  private static let byPosition = """
    \(columns)
    FROM (SELECT * FROM fed UNION ALL SELECT * FROM earlier) AS n
    CROSS JOIN alert a ON a.id = n.id
    JOIN component c ON c.id = a.component_id
    ORDER BY n.position DESC, a.id DESC LIMIT ?1
    """

  /// Reads alerts without a position only when too few have one.
  private static let lastOfOne = """
    WITH one (id) AS (SELECT id FROM component WHERE name = ?2),
      fed (position, id) AS (
        SELECT f.position, a.id FROM alert a CROSS JOIN feed f
        WHERE a.component_id = (SELECT id FROM one) AND f.kind = 4 AND f.id = a.id
        ORDER BY a.id DESC LIMIT min(?1, 9223372036854775807 - \(walkedRows)) + \(walkedRows)),
      earlier (position, id) AS (
        SELECT 0, a.id FROM alert a
        WHERE a.component_id = (SELECT id FROM one)
          AND NOT EXISTS (SELECT 1 FROM feed f WHERE f.kind = 4 AND f.id = a.id)
        ORDER BY a.id DESC LIMIT iif((SELECT count(*) FROM fed) < ?1, ?1, 0))
    \(byPosition)
    """

  /// Reads alerts from before the feed only when the feed has too few.
  private static let last = """
    WITH fed (position, id) AS (SELECT position, id FROM feed WHERE kind = 4 ORDER BY position DESC LIMIT ?1),
      earlier (position, id) AS (
        SELECT 0, a.id FROM alert a
        WHERE NOT EXISTS (SELECT 1 FROM feed f WHERE f.kind = 4 AND f.id = a.id)
        ORDER BY a.id DESC LIMIT iif((SELECT count(*) FROM fed) < ?1, ?1, 0))
    \(byPosition)
    """

  static func decode(_ row: Row) -> AlertRecord {
    let stored = AlertRecord.Kind(rawValue: row.text("kind")) ?? .raised
    return AlertRecord(
      id: row.id("id"), at: row.time("at"), component: row.component("component"),
      kind: row.optionalText("detail").flatMap(AlertRecord.Kind.init(rawValue:)) ?? stored,
      status: HealthStatus(code: row.integer("status")),
      previousStatus: row.optionalInteger("previous_status").map(HealthStatus.init(code:)),
      message: row.text("message"),
      isResolved: stored == .recovered)
  }
}
