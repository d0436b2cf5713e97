import Foundation
import Healing
import HealingSQLite
import HealingServer
import HealingTestSupport
import Testing

/// The reports on outages over the API: the figures of the reader, in the fields of the description.
@Suite struct OutageRouteTests {
  /// A stopped clock. The minutes of the calls have begun for it, also on a busy machine.
  private static var ahead: VirtualTime {
    VirtualTime(wall: SystemTimeSource().wallClock() + .seconds(120), jumps: false)
  }

  /// Returns the properties that the description requires of a schema, at a path within it.
  private func required(_ description: Answer, _ path: String) -> Set<String> {
    Set(description.value("components.schemas.\(path).required", as: [String].self) ?? [])
  }

  @Test(arguments: Way.allCases) func `the reports on an outage have the figures of the reader`(way: Way)
    async throws
  {
    let server = try await TestServer(way, time: Self.ahead)
    _ = try await server.post(
      "/components/register",
      """
      {"component": "mail", "enable_circuit_breaker": true, "circuit_breaker_config": {"failure_threshold": 3}}
      """)
    var id = ""
    for _ in 0..<4 {
      let reported = try await server.post(
        "/errors", #"{"component": "mail", "operation": "send", "message": "connection refused"}"#)
      id = try #require(reported.value("error_id"))
    }
    _ = try await server.post("/samples", #"{"component": "db", "outcome": "success"}"#)
    let description = try await server.get("//openapi.json")

    let incidents = try await server.get("/incidents?component=mail")
    #expect(incidents.status == 200, "\(incidents.text)")
    #expect(incidents.keys() == required(description, "Incidents"))
    let listed: [[String: Any]] = try #require(incidents.value("incidents"))
    let own = try await server.ledger.outages.incidents(
      .all, component: "mail", rules: IncidentRules(), now: SystemTimeSource().wallClock())
    let (incident, expected) = (try #require(listed.first), try #require(own.incidents.first))
    #expect(listed.count == 1 && incident["id"] as? String == expected.id)
    #expect(Set(incident.keys) == required(description, "Incidents.properties.incidents.items"))
    #expect(incident["failures"] as? Int64 == expected.total(\.failures))
    #expect(incident["failures"] as? Int == 4 && incident["ongoing"] as? Bool == true)
    let members = try #require(incident["members"] as? [[String: Any]])
    #expect(Set(members[0].keys) == required(description, "IncidentMember"))
    #expect(try await server.get("/incidents?component=db").value("count") == 0)

    let errors = try await server.get("/errors")
    let groups: [[String: Any]] = try #require(errors.value("groups"))
    #expect(groups.count == 1 && groups[0]["occurrences"] as? Int == 4)
    #expect(Set(groups[0].keys) == required(description, "ErrorGroups.properties.groups.items"))
    let error = try await server.get("/errors/\(id)")
    #expect(error.value("id") == id && error.value("message") == "connection refused")
    #expect(error.keys().isSuperset(of: required(description, "StoredError")))
    #expect(try await server.get("/errors/1").status == 404)
    #expect(try await server.get("/errors/one").status == 422)
    #expect(try await server.get("/errors/categories").status == 200)

    let timeline = try await server.get("/timeline?component=mail")
    let events: [[String: Any]] = try #require(timeline.value("events"))
    #expect(events.contains { $0["kind"] as? String == "circuit" && $0["after"] as? String == "open" })
    #expect(Set(events[0].keys) == required(description, "Timeline.properties.events.items"))
    #expect(try await server.get("/timeline?count=1").value("count") == 1)

    // The server's clock stands still from before the calls.
    let later = (SystemTimeSource().wallClock() + .seconds(60)).iso8601
    let state = try await server.get("/state?at=\(later)")
    #expect(state.value("components.mail.circuit") == "open")
    #expect(state.value("components.db.circuit") == "closed")
    #expect(
      state.keys("components.mail")
        == required(description, "States.properties.components.additionalProperties"))
    let before = try await server.get("/state?at=2026-01-01T00:00:00Z")
    #expect(before.keys("components").isEmpty)

    let releases = try await server.get("/reports/releases?component=mail")
    let rows: [[String: Any]] = try #require(releases.value("releases"))
    #expect(rows.count == 1 && rows[0]["failures"] as? Int == 4)
    #expect(Set(rows[0].keys) == required(description, "Releases.properties.releases.items"))
    try await server.end()
  }

  @Test(arguments: Way.allCases) func `reports on retries, availability and rates have the reader's figures`(
    way: Way
  )
    async throws
  {
    let server = try await TestServer(way)
    var last = ""
    for _ in 0..<30 {
      let reported = try await server.post(
        "/errors", #"{"component": "mail", "operation": "send", "message": "connection refused"}"#)
      last = try #require(reported.value("error_id"))
    }
    let calls = Array(repeating: #"{"component": "mail", "outcome": "success"}"#, count: 90)
      .joined(separator: ",")
    _ = try await server.post("/samples", "{\"samples\": [\(calls)]}")
    _ = try await server.post(
      "/recoveries",
      """
      {"component": "mail", "operation": "send", "action": "retry", "success": true, "attempts": 3,
       "error_id": "\(last)"}
      """)
    let description = try await server.get("//openapi.json")
    func rows(_ answer: Answer, _ list: String, _ schema: String) throws -> [[String: Any]] {
      #expect(answer.status == 200, "\(answer.text)")
      #expect(answer.keys() == required(description, schema))
      let rows: [[String: Any]] = try #require(answer.value(list))
      #expect(answer.value("count") == rows.count)
      #expect(
        rows.allSatisfy {
          Set($0.keys) == required(description, "\(schema).properties.\(list).items")
        })
      return rows
    }
    // The parser of the answers can change the last digit of a number.
    func rounded(_ value: Any?) -> Double? { (value as? Double).map { ($0 * 1e12).rounded() } }
    let ledger = server.ledger.outages
    let attempts = try rows(await server.get("/reports/attempts?component=mail"), "attempts", "Attempts")
    let effects = try await ledger.attemptEffect(.all, component: "mail")
    #expect(attempts.map { $0["attempt"] as? Int } == [2, 3] && effects.count == 2)
    #expect(attempts.map { $0["won"] as? Int64 } == effects.map(\.won))
    #expect(attempts.map { rounded($0["upper"]) } == effects.map { rounded($0.success.upper) })
    #expect(attempts[0]["category"] as? String == "network" && attempts[0]["advice"] is NSNull)

    let retries = try rows(await server.get("/reports/retries"), "retries", "Retries")
    let retry = try #require(try await ledger.retryEffect(.all, component: nil).first)
    #expect(retries.count == 1 && retries[0]["verdict"] as? String == retry.verdict.rawValue)
    #expect(rounded(retries[0]["amplification"]) == rounded(retry.amplification))
    #expect(retries[0]["bad_minutes"] as? Int64 == retry.badMinutes)

    let answer = try await server.get("/reports/availability?slo=90&min_calls=20")
    let available = try rows(answer, "availability", "Availability")
    let row = try #require(try await ledger.availability(.all, component: nil).first)
    #expect(available.count == 1 && rounded(available[0]["actual"]) == rounded(row.actual))
    #expect(row.actual == 90.0 / 120 && rounded(available[0]["effective"]) == rounded(row.effective))
    #expect(rounded(available[0]["burn"]) == rounded(row.burn(objective: 0.9, minCalls: 20)))
    let few = try await server.get("/reports/availability?min_calls=1000")
    #expect(few.text.contains("\"burn\":null"), "\(few.text)")

    // The server's clock stands still from before the calls.
    let later = (SystemTimeSource().wallClock() + .seconds(60)).iso8601
    for interval in RateSeries.Interval.allCases {
      let answer = try await server.get("/reports/rates?by=\(interval.rawValue)&until=\(later)")
      let rates = try rows(answer, "rates", "Rates")
      let series = try await ledger.rates(.all, component: nil, by: interval, limit: 1_000)
      #expect(answer.value("by") == interval.rawValue && rates.count == series.buckets.count)
      #expect(rates.map { $0["timestamp"] as? String } == series.buckets.map(\.at.iso8601))
      #expect(rates.map { $0["lost"] as? Int64 } == series.buckets.map(\.calls.executions.lost))
      #expect(rates.reduce(0) { $0 + ($1["attempts"] as? Int ?? 0) } == 120)
    }
    #expect(try await server.get("/reports/rates?until=2026-01-01T00:00:00Z").value("count") == 0)
    try await server.end()
  }

  @Test func `rates list the newest buckets, and say how many they leave out`() async throws {
    let folder = try TemporaryFolder()
    let time = VirtualTime()
    let ledger = try SQLiteLedger(
      path: folder.path(), options: SQLiteLedgerOptions(retention: nil), time: time)
    let start = time.wallClock()
    for minute in 0..<150 {
      for component in ["api", "db"] as [ComponentName] {
        var counts = CallCounts()
        for call in 0...minute { counts.add(call < 3 ? .failure : .success, microseconds: 10) }
        var sample = HealthSample(component: component, at: time.wallClock(), counts: counts)
        sample.executions.lost = 1
        ledger.record(.sample(sample))
      }
      time.advance(by: .seconds(60))
    }
    try await ledger.close()
    let reader = try SQLiteLedgerReader(path: folder.path())
    let minutes = try await reader.rates(by: .minute, limit: 5)
    #expect(minutes.omitted == 295)
    #expect(minutes.buckets.map(\.calls.component) == ["db", "api", "db", "api", "db"])
    #expect(minutes.buckets.last?.at == start + .seconds(149 * 60))
    #expect(minutes.buckets.last?.calls.attempts == 150)
    #expect(minutes.buckets.last?.calls.actualSuccess == 147.0 / 150)
    #expect(minutes.buckets.last?.calls.effectiveSuccess == 149.0 / 150)
    // A range is widened to whole buckets.
    let hours = try await reader.rates(
      LedgerRange(since: start + .seconds(4_000), until: start + .seconds(4_001)), component: "api", by: .hour
    )
    #expect(hours.omitted == 0 && hours.buckets.map(\.at) == [start + .seconds(3_600)])
    #expect(hours.buckets.first?.calls.attempts == (61...120).reduce(0, +))
    #expect(hours.buckets.first?.calls.executions.lost == 60)
    let days = try await reader.rates(by: .day)
    #expect(days.buckets.map(\.calls.attempts) == [11_325, 11_325])
  }

  @Test(arguments: Way.allCases) func `the draft of an incident, and notes on it`(way: Way) async throws {
    let server = try await TestServer(way, time: Self.ahead)
    for _ in 0..<4 {
      _ = try await server.post(
        "/errors",
        #"{"component": "mail", "operation": "send", "message": "<b>refused</b>", "user_id": "u-1"}"#)
    }
    let incidents: [[String: Any]] = try #require(try await server.get("/incidents").value("incidents"))
    let id = try #require(incidents.first?["id"] as? String)
    let description = try await server.get("//openapi.json")
    let draft = try await server.get("/incidents/\(id)")
    #expect(draft.status == 200, "\(draft.text)")
    #expect(draft.keys().isSuperset(of: required(description, "IncidentDraft")))
    #expect(
      draft.keys("totals")
        == required(description, "IncidentImpact").union([
          "actual_success", "effective_success", "amplification",
        ]))
    #expect(draft.keys("times.started").isSuperset(of: required(description, "IncidentMoment")))
    #expect(draft.value("totals.failures") == 4 && draft.value("status") == "ongoing")
    #expect(draft.text.contains("refused") && !draft.text.contains("u-1"))
    #expect(try await server.get("/incidents/\(id)?detail=users").text.contains("u-1"))
    #expect(!(try await server.get("/incidents/\(id)?detail=public").text.contains("refused")))
    #expect(try await server.get("/incidents/\(id)?detail=all").status == 422)

    let added = try await server.post(
      "/incidents/\(id)/notes", #"{"kind": "title", "text": "The pool", "actor": "ana"}"#)
    #expect(added.status == 200 && added.keys() == required(description, "AddedNote"), "\(added.text)")
    let notes = try await server.get("/incidents/\(id)/notes")
    let listed: [[String: Any]] = try #require(notes.value("notes"))
    #expect(notes.value("count") == 1 && Set(listed[0].keys) == required(description, "IncidentNote"))
    let markdown = try await server.get("/incidents/\(id).md")
    #expect(markdown.headers["content-type"] == "text/markdown; charset=utf-8")
    #expect(markdown.status == 200 && markdown.text.hasPrefix("# The pool\n"))
    let page = try await server.get("/incidents/\(id).html")
    #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
    #expect(page.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
    #expect(page.text.contains("&lt;b&gt;refused") && !page.text.contains("<b>"))

    for path in ["2020-01-01-mail-0000", "2020-01-01-mail-0000.md", "mail", "mail.html", "mail/notes"] {
      let unknown = try await server.get("/incidents/\(path)")
      #expect(unknown.status == 404 && unknown.text.contains(id), "\(path): \(unknown.text)")
    }
    for body in [
      #"{"kind": "title", "text": "", "actor": "ana"}"#, #"{"kind": "opinion", "text": "x", "actor": "ana"}"#,
      #"{"kind": "title", "text": "x"}"#, #"{"kind": "detected_at", "text": "noon", "actor": "ana"}"#,
      #"{"kind": "detected_at", "text": "2020-01-01T00:00:00Z", "actor": "ana"}"#,
      #"{"kind": "merge", "text": "2020-01-01-mail-0000", "actor": "ana"}"#,
      #"{"kind": "split", "text": "2020-01-01-mail-0000", "actor": "ana"}"#,
      #"{"kind": "merge", "text": "\#(id)", "actor": "ana"}"#,
    ] {
      #expect(try await server.post("/incidents/\(id)/notes", body).status == 422, "\(body)")
    }
    #expect(try await server.get("/incidents/\(id)/notes").value("count") == 1)
    try await server.end()
  }

  @Test func `a wrong parameter of a report is an error`() async throws {
    let server = try await TestServer(.router)
    _ = try await server.post("/samples", #"{"component": "payments_api", "outcome": "success"}"#)
    for path in [
      "incidents", "errors", "timeline", "state", "reports/releases", "reports/attempts", "reports/retries",
      "reports/availability", "reports/rates",
    ] {
      #expect(try await server.get("/\(path)").status == 200, "\(path)")
      let unknown = try await server.get("/\(path)?component=payment_api")
      #expect(unknown.status == 404 && unknown.text.contains("did you mean payments_api?"), "\(path)")
      #expect(try await server.get("/\(path)?componnent=payments_api").status == 422, "\(path)")
    }
    #expect(try await server.get("/incidents?count=0").status == 422)
    #expect(try await server.get("/state?at=noon").status == 422)
    for query in ["slo=100", "slo=-1", "slo=x", "slo=nan", "slo=", "slo=1e-400x", "min_calls=0"] {
      #expect(try await server.get("/reports/availability?\(query)").status == 422, "\(query)")
    }
    #expect(try await server.get("/reports/availability?slo=9.95e1").value("slo_percent") == 99.5)
    #expect(try await server.get("/reports/rates?by=week").status == 422)
    #expect(try await server.get("/reports/rates?count=10001").status == 422)
    #expect(
      try await server.get("/timeline?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z").status == 422)
    try await server.end()
  }
}
