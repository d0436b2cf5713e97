public import Healing
import HealingQueries

/// A row of `rates.sql`.
package struct RateRow: Sendable {
  fileprivate let bucket: RateSeries.Bucket
  /// Number of rows without the limit.
  fileprivate let total: Int64
}

extension ReportQuery<RateRow> {
  package static let rates = ReportQuery(
    query: .rates, columns: ["at"] + ReportQuery<ComponentImpact>.incidentImpact.columns + ["total"]
  ) { row in
    RateRow(
      bucket: RateSeries.Bucket(
        at: row.time("at"), calls: ReportQuery<ComponentImpact>.incidentImpact.decode(row)),
      total: row.count("total"))
  }
}

extension SQLiteLedgerReader {
  /// Returns what callers of each component saw, by minute, hour or day.
  /// - Parameters:
  ///   - range: the times, widened to whole intervals; default: all that is kept by this interval.
  ///   - component: the component; default: all but those of alerts.
  ///   - interval: length of the buckets.
  ///   - limit: at most so many buckets, the newest.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func rates(
    _ range: LedgerRange = .all, component: ComponentName? = nil, by interval: RateSeries.Interval,
    limit: Int = 1_000
  ) async throws(LedgerError) -> RateSeries {
    try await readers.read("the rates") { connection throws(SQLiteError) in
      let rates = ReportQuery<RateRow>.rates
      let rows = try connection.rows(rates.query.sql) { statement in
        statement.bind(name: ":since", range.since?.microseconds)
        statement.bind(name: ":until", range.until?.microseconds)
        statement.bind(name: ":component", component?.text)
        statement.bind(name: ":resolution", interval.seconds)
        statement.bind(name: ":limit", Int64(max(0, limit)))
      } _: {
        rates.decode($0)
      }
      return RateSeries(
        interval: interval, buckets: rows.reversed().map(\.bucket),
        omitted: (rows.first?.total ?? 0) - Int64(rows.count))
    }
  }
}
