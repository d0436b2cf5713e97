public import Healing
import HealingQueries

/// A row of `alert_effect.sql`.
package struct AlertEffect: Sendable {
  let component: ComponentName
  let told: Int64
  let inVain: Int64
  let uncalled: Int64
}

extension ReportQuery<AlertEffect> {
  package static let alertEffect = ReportQuery(
    query: .alertEffect, columns: ["component", "told", "in_vain", "uncalled"]
  ) { row in
    AlertEffect(
      component: row.component("component"), told: row.count("told"), inVain: row.count("in_vain"),
      uncalled: row.count("uncalled"))
  }
}

extension ReportQuery<Advice> {
  package static let idleComponents = ReportQuery(
    query: .idleComponents, columns: ["component", "registered_at", "last_at"]
  ) { row in
    Advice(.traffic, row.component("component"), lastCall: row.optionalTime("last_at"))
  }
}

extension ReportQuery<Advice> {
  package static let forgottenOverrides = ReportQuery(
    query: .forgottenOverrides, columns: ["component", "override", "actor", "at"]
  ) { row in
    Advice(
      .overrides, row.component("component"), since: row.time("at"),
      override: CircuitOverride.Kind(rawValue: row.text("override")), actor: row.optionalText("actor"))
  }
}

extension SQLiteLedgerReader {
  /// Returns what the ledger's data advise: attempts that almost never help, alarms in vain, components without calls, overrides
  /// that were forgotten; by kind, then by component.
  /// - Parameters:
  ///   - range: the times of the retries, alarms and calls; default: all that is kept.
  ///   - component: the component; default: all.
  /// - Throws: `LedgerError` when the ledger cannot be read.
  public func advice(_ range: LedgerRange = .all, component: ComponentName? = nil)
    async throws(LedgerError) -> [Advice]
  {
    try await readers.read("the advice") { connection throws(SQLiteError) in
      let attempts = try ReportQuery<AttemptEffect>.attemptEffect.run(on: connection, range, component)
      let alarms = try ReportQuery<AlertEffect>.alertEffect.run(on: connection, range, component)
      let forgotten = try ReportQuery<Advice>.forgottenOverrides.run(on: connection, range, component)
      let idle = try ReportQuery<Advice>.idleComponents.run(on: connection, range, component)
      return Advice.onAttempts(attempts)
        + alarms.compactMap {
          Advice.onAlarms($0.component, told: $0.told, inVain: $0.inVain, uncalled: $0.uncalled)
        } + idle + forgotten
    }
  }
}
