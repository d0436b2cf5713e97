import Synchronization

extension HealthMonitor {
  /// The shortest time between two computations of the incidents.
  private static let incidentInterval: Int64 = 10_000_000_000
  /// Incidents that ended earlier, while no daemon ran, cause no alert.
  private static let incidentAge = Duration.seconds(-86_400)
  /// Age of the last write from which on a run without an end counts as gone. A monitor with components writes a row in 10 minutes.
  private static let longestSilence = Duration.seconds(-900)

  /// Sends alerts about incidents from the next round on, unless an earlier run of the same program still does.
  /// - Parameter process: ``ProcessRecord/id`` of this run.
  package func announceIncidents(as process: Int64) { state.withLock { $0.incidentProcess = process } }

  /// Computes the incidents in a round of checks, at most once in 10 s.
  func announceIncidentsIfDue() async {
    let now = engine.context.time.monotonicNanoseconds()
    let isDue = state.withLock { state in
      if let last = state.incidentsReadAt, now - last < Self.incidentInterval { return false }
      state.incidentsReadAt = now
      return state.incidentProcess != nil
    }
    if isDue { await announceIncidents() }
  }

  /// Computes the incidents now, and sends an alert for each that began, was mitigated or ended. The ledger has what was sent. When
  /// it cannot be read, the next round does it.
  package func announceIncidents() async {
    let ledger = engine.ledger
    let now = engine.context.time.wallClock()
    do throws(LedgerError) {
      guard try await isFirstRun(at: now) else { return }
      let stored = try await ledger.checks.recentAlerts(component: AlertRecord.incidents, limit: 1_000)
      let sent = state.withLock { state in
        for alert in stored { state.incidents.add(alert) }
        state.incidents.forget(before: now + .seconds(-7 * 86_400))
        return state.incidents
      }
      let since = sent.open.map(\.startedAt).reduce(now + Self.incidentAge, min)
      let range = LedgerRange(since: since, until: nil)
      let rules = IncidentRules()
      let report = try await ledger.outages.incidents(range, component: nil, rules: rules, now: now)
      for incident in report.incidents {
        guard let kind = sent.due(incident, rules, at: now) else { continue }
        if kind == .incidentMitigated {
          guard try await isMitigated(incident, rules, at: now) else { continue }
        }
        let impact = try await ledger.outages.impact(
          LedgerRange(since: incident.startedAt, until: min(now, incident.endedAt)), component: nil)
        send(kind, AlertedIncident(incident, impact: impact), at: now)
      }
      // An earlier minute can turn bad later, and joins incidents: the first id remains.
      let known = Set(report.incidents.map(\.id))
      for incident in sent.open where !known.contains(incident.id) { send(.incidentEnded, incident, at: now) }
    } catch {}
  }

  /// Whether no earlier run of this program sends the alerts.
  private func isFirstRun(at now: Timestamp) async throws(LedgerError) -> Bool {
    guard let own = state.withLock({ $0.incidentProcess }) else { return true }
    let runs = try await engine.ledger.processes.recent(limit: 1_000)
    guard let program = runs.first(where: { $0.id == own })?.program else { return true }
    return !runs.contains {
      $0.id < own && $0.program == program && $0.endedAt == nil
        && $0.lastWriteAt >= now + Self.longestSilence
    }
  }

  /// Whether callers have seen fewer errors than make an incident for five whole minutes, while attempts still fail.
  private func isMitigated(_ incident: Incident, _ rules: IncidentRules, at now: Timestamp)
    async throws(LedgerError) -> Bool
  {
    let end = Timestamp(microseconds: now.microseconds / 60_000_000 * 60_000_000)
    let start = end + .seconds(-300)
    guard incident.startedAt < start else { return false }
    let impact = try await engine.ledger.outages.impact(
      LedgerRange(since: start, until: end), component: nil
    ).filter { incident.components.contains($0.component) }
    func sum(_ figure: KeyPath<ComponentImpact, Int64>) -> Double {
      Double(impact.reduce(Int64(0)) { $0.addingClamped($1[keyPath: figure]) })
    }
    let executions = sum(\.executions.executions) + sum(\.executions.rejected)
    let unanswered = sum(\.executions.lost) + sum(\.executions.undone) + sum(\.executions.interrupted)
    let stillFails =
      sum(\.executions.rejected) > 0 || sum(\.failures) >= max(1, rules.threshold * sum(\.attempts))
    return executions > 0 && unanswered < rules.threshold * executions && stillFails
  }

  private func send(_ kind: AlertRecord.Kind, _ incident: AlertedIncident, at now: Timestamp) {
    let alert = AlertRecord(id: engine.ledger.makeID(), at: now, kind: kind, incident: incident)
    // A damaged name of a component that breaks the message: the alert could not be found again, and would be sent in every round.
    guard alert.incident == incident else { return }
    engine.context.note(.alert(alert))
    let handlers = state.withLock { state in
      state.incidents.add(alert)
      return state.announce(alert)
    }
    for name in handlers { deliver(to: name) }
  }
}
