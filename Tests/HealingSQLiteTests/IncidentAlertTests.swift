import Foundation
@testable import Healing
import HealingSQLite
import HealingTestSupport
import Synchronization
import Testing

/// Alerts about incidents, under virtual time: a service whose calls fail, and daemons that watch its ledger. The clocks do not jump:
/// the time limit of a delivery would move them.
@Suite struct IncidentAlertTests {
  let folder: TemporaryFolder
  let time = VirtualTime(
    wall: Timestamp(microseconds: 1_767_225_600_000_000 + 12_500_000), jumps: false)

  init() throws { folder = try TemporaryFolder() }

  private struct Down: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  private final class Service {
    let ledger: SQLiteLedger
    let engine: RecoveryEngine

    init(_ path: String, _ time: VirtualTime) async throws {
      ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "shop"), time: time)
      engine = try await RecoveryEngine(
        ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: nil), time: time)
    }

    func fail(_ name: ComponentName, _ count: Int, answers: Bool = false) async throws {
      let fallbacks: [Fallback<Int>] = answers ? [Fallback("zero") { 0 }] : []
      for _ in 0..<count {
        _ = try? await engine.component(name).execute("get", fallbacks: fallbacks) { () -> Int in throw Down()
        }
      }
      try await ledger.flush()
    }
  }

  private final class Inbox: Sendable {
    let alerts = Lock<[AlertRecord]>([])
  }

  private final class Daemon {
    let ledger: SQLiteLedger
    let monitor: HealthMonitor
    private let inbox = Inbox()
    /// The alerts that the handler received.
    var received: [AlertRecord] { inbox.alerts.withLock { $0 } }

    init(_ path: String, _ time: VirtualTime) async throws {
      ledger = try SQLiteLedger(path: path, identity: ProcessIdentity(program: "healing serve"), time: time)
      let engine = try await RecoveryEngine(
        ledger: ledger, policy: ComponentPolicy(breaker: nil), time: time, isObserver: true)
      monitor = HealthMonitor(engine: engine)
      monitor.announceIncidents(as: ledger.processID)
      monitor.onAlert("pager") { [inbox] alert in inbox.alerts.withLock { $0.append(alert) } }
    }

    /// Waits until the handler has received so many alerts.
    func receive(_ count: Int) async {
      for _ in 0..<10_000 where received.count < count { await pause() }
    }

    /// Returns the alerts about incidents in the ledger, after a computation.
    func round() async throws -> [AlertRecord] {
      await monitor.announceIncidents()
      try await ledger.flush()
      return try await ledger.checks.recentAlerts(component: nil, limit: 100)
    }
  }

  @Test func `an incident is opened, mitigated and ended once each, over restarts and with two daemons`()
    async throws
  {
    let service = try await Service(folder.path(), time)
    var daemon = try await Daemon(folder.path(), time)
    #expect(try await daemon.round().isEmpty)
    let start = time.wallClock()
    try await service.fail("orders_db", 5)
    time.advance(by: .seconds(2))
    try await service.fail("checkout", 3)
    let opened = try #require(try await daemon.round().last)
    #expect(opened.kind == .incidentOpened && !opened.isResolved)
    let incident = try #require(opened.incident)
    #expect(incident.id == "2026-01-01-checkout-0000" && incident.startedAt == start)
    #expect(incident.components == ["orders_db", "checkout"])
    #expect(incident.failures == 8 && incident.lost == 8 && incident.degraded == 0 && incident.rejected == 0)
    #expect(try await daemon.round().count == 1)
    // A second daemon, and the first one after a restart.
    let second = try await Daemon(folder.path(), time)
    #expect(try await second.round().count == 1)
    try await daemon.ledger.close()
    daemon = try await Daemon(folder.path(), time)
    #expect(try await daemon.round().count == 1)
    // From here on callers get an answer, while the component still fails.
    time.advance(by: .seconds(60))
    for minute in 0..<5 {
      try await service.fail("orders_db", 4, answers: true)
      #expect(try await second.round().count == 1, "minute \(minute)")
      time.advance(by: .seconds(60))
    }
    let mitigated = try #require(try await second.round().last)
    #expect(mitigated.kind == .incidentMitigated && mitigated.incident?.degraded == 20)
    #expect(try await second.round().count == 2)
    await second.receive(1)
    // The last bad minute ends at 6 minutes; the quiet lasts until 11, and a minute that begins then may belong to it.
    time.advance(by: .seconds(330))
    #expect(try await second.round().count == 2)
    time.advance(by: .seconds(60))
    // The first daemon has the higher number after its restart.
    #expect(try await daemon.round().count == 2)
    let all = try await second.round()
    #expect(all.map(\.kind) == [.incidentOpened, .incidentMitigated, .incidentEnded])
    let ended = try #require(all.last)
    #expect(ended.isResolved && ended.incident?.failures == 28 && ended.incident?.degraded == 20)
    #expect(Set(all.map { $0.incident?.id }) == [incident.id])
    try await second.ledger.close()
    #expect(try await daemon.round() == all)
    // Handlers of the daemon that sent them received the same.
    await second.receive(2)
    #expect(second.received == Array(all.dropFirst()))
    let json = String(decoding: try JSONText.encode(opened), as: UTF8.self)
    #expect(
      json.contains(
        #""incident":{"components":["orders_db","checkout"],"degraded":0,"failures":8,"id":"2026-01-01-checkout-0000""#
      ), "\(json)")
    // An earlier release reads kinds that it knows, and none of them is about a component that it monitors.
    let stored = try Connection(path: folder.path(), mode: .readOnly).rows(
      "SELECT a.kind, v.kind, v.component FROM alert a JOIN v_alerts v USING (id) ORDER BY a.id"
    ) { "\($0.text(0)) \($0.text(1)) \($0.text(2))" }
    #expect(
      stored == [
        "raised incident_opened alert.incidents", "reminder incident_mitigated alert.incidents",
        "recovered incident_ended alert.incidents",
      ])
    try await daemon.ledger.close()
    try await service.ledger.close()
  }

  @Test func `an incident that joins another one ends, and one that ended while no daemon ran is not sent`()
    async throws
  {
    let service = try await Service(folder.path(), time)
    try await service.fail("mail", 5)
    time.advance(by: .seconds(3_600))
    let daemon = try await Daemon(folder.path(), time)
    #expect(try await daemon.round().isEmpty)
    try await service.fail("api", 3)
    time.advance(by: .seconds(120))
    try await service.fail("db", 3)
    #expect(
      try await daemon.round().map { "\($0.kind) \($0.incident?.id ?? "")" } == [
        "incidentOpened 2026-01-01-api-0100", "incidentOpened 2026-01-01-db-0102",
      ])
    await daemon.receive(2)
    // The episode of `api` now reaches over the minute in which `db` began.
    time.advance(by: .seconds(60))
    try await service.fail("api", 3)
    let alerts = try await daemon.round()
    #expect(alerts.count == 3)
    #expect(alerts.last?.kind == .incidentEnded && alerts.last?.incident?.id == "2026-01-01-db-0102")
    #expect(try await daemon.round().count == 3)
    // Each alert is about its own incident, so none supersedes another.
    await daemon.receive(3)
    #expect(daemon.received == alerts)
    try await daemon.ledger.close()
    try await service.ledger.close()
  }

  @Test func `the message of an alert has the whole incident, and no other text has one`() throws {
    let words = "incident 2026-01-01-a-0000 began; started 2026-01-01T00:00:01.000000Z; a, b.c; "
    let figures = "1 failures, 2 rejected, 3 saved, 4 degraded, 5 undone, 6 lost, 7 interrupted"
    let incident = try #require(AlertedIncident(message: words + figures, .incidentOpened))
    #expect(incident.id == "2026-01-01-a-0000" && incident.components == ["a", "b.c"])
    #expect(incident.failures == 1 && incident.interrupted == 7)
    #expect(incident.message(.incidentOpened) == words + figures)
    let broken = ["", words, words + "1 failures", words + figures.replacing("4", with: "x"), figures]
    for text in broken { #expect(AlertedIncident(message: text, .incidentOpened) == nil, "\(text)") }
    #expect(AlertedIncident(message: words + figures, .raised) == nil)
    #expect(AlertedIncident(message: words + figures, .incidentEnded) == nil)
  }
}
