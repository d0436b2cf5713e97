/// One report's SQL text, as embedded in the binary.
///
/// The texts are plain SQL with named parameters and also run in the `sqlite3` shell.
package struct Query: Sendable {
  /// File name without its extension.
  package let name: String
  /// The SQL text, byte for byte as in the file.
  package let sql: String

  /// How executions ended, and recoveries in all: one row.
  package static let overall = Query(name: "overall", bytes: PackageResources.overall_sql)
  /// Rejected calls by component, operation and reason.
  package static let rejections = Query(name: "rejections", bytes: PackageResources.rejections_sql)
  /// Recoveries by action.
  package static let byAction = Query(name: "by_action", bytes: PackageResources.by_action_sql)
  /// Recoveries by component.
  package static let byComponent = Query(name: "by_component", bytes: PackageResources.by_component_sql)
  /// Calls and rates of each component.
  package static let componentRates = Query(
    name: "component_rates", bytes: PackageResources.component_rates_sql)
  /// The latest recoveries.
  package static let recentRecoveries = Query(
    name: "recent_recoveries", bytes: PackageResources.recent_recoveries_sql)

  private init(name: String, bytes: [UInt8]) {
    self.name = name
    self.sql = String(decoding: bytes, as: UTF8.self)
  }
}
