import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingServer

/// Records encode under the names of the REST API, with a plain `JSONEncoder`.
@Suite struct RecordEncodingTests {
  private static let at = Timestamp(microseconds: 1_767_225_600_250_000)
  private static let time = "2026-01-01T00:00:00.250000Z"

  private static func object(_ value: some Encodable, by encoder: JSONEncoder = JSONEncoder()) throws
    -> [String: JSONValue]
  {
    guard case .object(let fields) = try JSONValue(parsing: encoder.encode(value)) else {
      throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "no object"))
    }
    return fields
  }

  private static func fields(_ value: JSONValue?) -> [String: JSONValue]? {
    if case .object(let fields) = value { fields } else { nil }
  }

  /// The property names of a schema of `openapi.json`.
  /// - Parameter path: the schema's name, then keys below it.
  private static func properties(_ path: String...) throws -> Set<String> {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/HealingServer/openapi.json")
    var node: JSONValue? = try JSONValue(parsing: Data(contentsOf: file))
    for key in ["components", "schemas"] + path + ["properties"] { node = fields(node)?[key] }
    return Set(try #require(fields(node)).keys)
  }

  /// Everything that an answer has, a record's own encoding has with the same value.
  private func expect(
    _ record: some Encodable, has answer: some Encodable, and others: Set<String>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let own = try Self.object(record)
    let answered = try Self.object(answer, by: JSONText.makeEncoder())
    for (name, value) in answered { #expect(own[name] == value, "\(name)", sourceLocation: sourceLocation) }
    #expect(Set(own.keys).subtracting(answered.keys) == others, sourceLocation: sourceLocation)
  }

  // MARK: Samples

  private let recovery = RecoveryRecord(
    id: LedgerID(rawValue: 1), at: Self.at, component: "api", operation: "get",
    executionID: LedgerID(rawValue: 2),
    action: .retryBackoff, outcome: .failed, attempts: 3, duration: .milliseconds(1_500), message: "no",
    metadata: ["step": "pay"], requestID: "r-1", gaveUp: .attempts)
  private let error = ErrorContext(
    id: LedgerID(rawValue: 3), at: Self.at, component: "api", operation: "get",
    executionID: LedgerID(rawValue: 2),
    attempt: 2,
    classification: ErrorClassification(
      category: .rateLimit, rule: "http.429", retryAfter: .milliseconds(1_500)),
    type: "Down", message: "status 429, password=hunter2hunter2", userID: "u-1", metadata: ["region": "eu"],
    occurrences: 4, causeID: LedgerID(rawValue: 9))
  private let transition = BreakerTransitionRecord(
    id: LedgerID(rawValue: 4), at: Self.at, component: "api", from: .closed, to: .open,
    reason: "failure_threshold",
    failureCount: 5, consecutiveTrips: 1, openUntil: Self.at + .seconds(60), errorID: LedgerID(rawValue: 3),
    note: "by hand")
  private let check = HealthCheckRecord(
    id: LedgerID(rawValue: 5), at: Self.at, component: "api", status: .critical, previousStatus: .healthy,
    errorRate: 0.75, totalRequests: 8, failedRequests: 6, responseTime: .microseconds(12_500), message: "bad",
    issues: ["6 of 8"])
  private let alert = AlertRecord(
    id: LedgerID(rawValue: 6), at: Self.at, component: "api", kind: .circuitOpened, status: .unhealthy,
    previousStatus: nil, message: "open")

  // MARK: Tests

  @Test func `a recovery has the fields of its answers`() throws {
    let others: Set = ["execution_id", "metadata", "occurrences", "parent_execution_id"]
    try expect(recovery, has: RecoveryResponse(recovery), and: others)
    try expect(recovery, has: EventData(.recovery(recovery)), and: others)
    let fields = try Self.object(recovery)
    let listed = try Self.properties("RecentRecoveries", "properties", "recoveries", "items")
    #expect(Set(fields.keys) == listed.union(others))
    #expect(fields["timestamp"] == .string(Self.time))
    #expect(fields["duration_ms"] == .integer(1_500))
    #expect(fields["error_id"] == .null)
    #expect(fields["execution_id"] == .string("2"))
  }

  @Test func `an error has the fields of its event and of the verdict`() throws {
    let verdict: Set = [
      "transient", "should_retry", "should_fallback", "should_circuit_break", "retry_delay_ms", "rule",
    ]
    let others: Set = [
      "execution_id", "fingerprint", "user_id", "metadata", "retry_after_ms", "local_rejection",
      "cancellation", "parent_execution_id",
    ]
    try expect(error, has: EventData(.error(error)), and: verdict.union(others))
    let answered = try Self.properties("ReportedError")
    #expect(
      answered.subtracting(try Self.object(error).keys) == ["error_id", "circuit", "durable", "may_be_lost"])
    #expect(
      Set(try Self.object(error.classification).keys)
        == verdict.union(["category", "severity", "retry_after_ms", "local_rejection", "cancellation"]))
    let response = ReportedErrorResponse(error, circuit: nil, durable: true)
    for (name, value) in try Self.object(response, by: JSONText.makeEncoder()) where verdict.contains(name) {
      #expect(try Self.object(error)[name] == value)
    }
  }

  @Test func `an error is decoded from its encoding, and from that of an earlier release`() throws {
    let decoder = JSONDecoder()
    #expect(try decoder.decode(ErrorContext.self, from: JSONEncoder().encode(error)) == error)
    let bare = ErrorContext(
      id: LedgerID(rawValue: 3), at: Self.at, component: "api", operation: "get",
      classification: ErrorClassification(category: .unknown, rule: "none", isCancellation: true), type: "T",
      message: "")
    #expect(try decoder.decode(ErrorContext.self, from: JSONEncoder().encode(bare)) == bare)
    let wait = String(decoding: try JSONEncoder().encode(Duration.milliseconds(1_500)), as: UTF8.self)
    let former = """
      {"id":"3","at":"\(Self.time)","component":"api","operation":"get","executionID":"2","attempt":2,
       "classification":{"category":"rate_limit","severity":"low","isTransient":true,"rule":"http.429",
        "retryAfter":\(wait),"isLocalRejection":false},
       "type":"Down","message":"\(error.message)","fingerprint":"\(error.fingerprint.text)",
       "userID":"u-1","metadata":{"region":"eu"},"causeID":"9","occurrences":4}
      """
    #expect(try decoder.decode(ErrorContext.self, from: Data(former.utf8)) == error)
  }

  @Test func `transitions, checks and alerts have the fields of their events`() throws {
    try expect(transition, has: EventData(.transition(transition)), and: ["consecutive_trips"])
    try expect(check, has: EventData(.check(check)), and: ["total_requests", "failed_requests"])
    try expect(alert, has: EventData(.alert(alert)), and: [])
    #expect(
      Set(try Self.object(alert).keys) == [
        "id", "component", "kind", "resolved", "status", "previous_status", "message", "timestamp",
      ])
    #expect(try Self.object(check)["response_time_ms"] == .number(12.5))
  }

  @Test func `an event has its record's fields and its name`() throws {
    for (event, name) in [
      (RecoveryEvent.error(error), "error"), (.recovery(recovery), "recovery"),
      (.transition(transition), "transition"), (.check(check), "check"), (.alert(alert), "alert"),
    ] {
      let fields = try Self.object(event)
      #expect(fields["event"] == .string(name) && fields["id"] == .string("\(event.id)"))
      #expect(EventData(event).kind == name)
    }
  }

  @Test func `a breaker has the fields of its answer`() throws {
    var breaker = BreakerSnapshot(component: "api", updatedAt: Self.at)
    breaker.state = .open
    (breaker.openUntil, breaker.openFor) = (Self.at + .milliseconds(2_500), .seconds(60))
    breaker.override = CircuitOverride(kind: .forcedOpen, actor: "ann", reason: "deploy")
    let others: Set = [
      "component", "consecutive_trips", "probe_rounds", "tripped", "open_until", "trip_error_id", "timestamp",
    ]
    try expect(breaker, has: BreakersResponse.Item(breaker, at: Self.at), and: others)
    let listed = try Self.properties(
      "CircuitBreakers", "properties", "circuit_breakers", "additionalProperties")
    let fields = try Self.object(breaker)
    #expect(Set(fields.keys) == listed.union(others))
    #expect(fields["remaining_ms"] == .integer(2_500))
    #expect(fields["override"] == .string("forced_open"))
  }

  @Test func `health has the fields of its answers`() async throws {
    let time = VirtualTime()
    let engine = try await RecoveryEngine(ledger: InMemoryLedger(time: time), time: time)
    let monitor = HealthMonitor(engine: engine)
    for _ in 0..<5 { monitor.recordFailure("api", duration: .milliseconds(20)) }
    monitor.recordSuccess("alert.log", duration: .milliseconds(20))
    let health = try #require(try await monitor.health(of: "api"))
    let fields = try Self.object(health)
    #expect(Set(fields.keys) == (try Self.properties("ComponentHealth")))
    #expect(
      Set(try #require(Self.fields(fields["details"])).keys)
        == (try Self.properties("ComponentHealth", "properties", "details")))
    #expect(fields["window_seconds"] == .integer(300) && fields["response_time_ms"] == .integer(20))
    let circuit = try Self.object(try #require(health.circuit))
    #expect(Set(circuit.keys) == (try Self.properties("Circuit")))
    let system = try await monitor.systemHealth()
    let all = try Self.object(system)
    #expect(Set(all.keys) == (try Self.properties("SystemHealth").subtracting(["ledger_problem"])))
    #expect(
      Set(try #require(Self.fields(all["details"])).keys)
        == (try Self.properties("SystemHealth", "properties", "details")))
    let entry = try #require(Self.fields(Self.fields(all["alert_channels"])?["alert.log"]))
    #expect(
      Set(entry.keys) == (try Self.properties("ComponentsHealthItem").union(["rejected_rate"])))
    try expect(system, has: system, and: [])
    let problem = LedgerError(.full, ledger: "a.db", problem: "the disk is full")
    let answer = try Self.object(SystemHealthResponse(system, problem), by: JSONText.makeEncoder())
    #expect(answer["ledger_problem"] == .string("the disk is full"))
    #expect(Set(answer.keys) == (try Self.properties("SystemHealth")))
  }

  @Test func `statistics have the fields of their answers`() async throws {
    let ledger = InMemoryLedger(time: VirtualTime())
    ledger.record(.recovery(recovery))
    ledger.record(CallSample(component: "api", outcome: .success, durationNanoseconds: 1_000_000, endedAt: 0))
    let statistics = try await ledger.recoveries.statistics(.all, component: nil)
    let fields = try Self.object(statistics)
    #expect(Set(fields.keys) == (try Self.properties("RecoveryStats").subtracting(["range"])))
    #expect(
      Set(try #require(Self.fields(fields["overall"])).keys) == (try Self.properties("RecoveryTotals")))
    let others: Set = ["attempts", "avg_duration_ms", "max_duration_ms"]
    let group = try Self.properties("Group").union(others)
    let byAction = try #require(Self.fields(Self.fields(fields["by_action"])?["retry_backoff"]))
    let byComponent = try #require(Self.fields(Self.fields(fields["by_component"])?["api"]))
    #expect(Set(byAction.keys) == group && byAction == byComponent)
    #expect(byAction["attempts"] == .integer(3) && byAction["avg_duration_ms"] == .integer(1_500))
    #expect(Set(try Self.object(statistics.byAction[0]).keys) == group.union(["action"]))
    #expect(Set(try Self.object(statistics.byComponent[0]).keys) == group.union(["component"]))
    #expect(Set(try Self.object(LedgerRange.all).keys) == (try Self.properties("Range")))
    let rates = try #require(try await ledger.samples.rates(.all, component: nil).first)
    #expect(
      try Self.properties("ComponentStats").symmetricDifference(Self.object(rates).keys) == [
        "status", "circuit", "last_check", "recent_errors", "cancelled_requests", "caller_errors",
        "stale_results", "max_response_time_ms",
      ])
  }

  @Test func `other records have the names of the views`() throws {
    let call = RejectedCall(
      id: LedgerID(rawValue: 7), at: Self.at, component: "api", operation: "get", reason: .bulkhead)
    #expect(
      Set(try Self.object(call).keys) == [
        "id", "timestamp", "component", "operation", "reason", "execution_id", "error_id", "request_id",
        "user_id",
      ])
    let totals = RejectionTotals(component: "api", operation: "get", reason: .inner, calls: 2)
    #expect(Set(try Self.object(totals).keys) == ["component", "operation", "reason", "calls"])
    let component = ComponentRecord(name: "api", registeredAt: Self.at, epoch: 1, epochStartedAt: Self.at)
    #expect(
      Set(try Self.object(component).keys) == ["component", "registered_at", "epoch", "epoch_started_at"])
    let sample = try Self.object(
      HealthSample(component: "api", at: Self.at, outcome: .success, duration: .microseconds(1_500)))
    #expect(
      Set(sample.keys) == [
        "timestamp", "component", "successes", "failures", "rejected", "cancelled", "caller_errors", "stale",
        "duration_sum_ms", "duration_max_ms", "histogram", "rejected_circuit", "rejected_bulkhead",
      ])
    #expect(sample["duration_sum_ms"] == .number(1.5) && sample["successes"] == .integer(1))
    #expect(
      sample["histogram"]
        == .array([.integer(0), .integer(1), .integer(0), .integer(0), .integer(0), .integer(0)]))
    let policy = StoredPolicy(
      id: 8, at: Self.at, component: "api", json: "{}", source: .explicit, process: 2)
    #expect(
      Set(try Self.object(policy).keys) == ["id", "timestamp", "component", "source", "json", "process_id"])
    let process = ProcessRecord(
      id: 1, host: "h", pid: 2, program: "shop", release: nil, startedAt: Self.at, lastWriteAt: Self.at,
      endedAt: nil, end: nil)
    #expect(
      Set(try Self.object(process).keys) == [
        "id", "host", "pid", "program", "release", "started", "last_write", "ended", "end_kind",
      ])
  }

  @Test func `results have the names of the answers, and no secrets`() throws {
    struct Down: Error {}
    let result = RecoveryResult<Int>.failed(
      Down(), attempts: 2, message: "password=hunter2hunter2", metadata: ["token": "hunter2hunter2"])
    let fields = try Self.object(result)
    #expect(
      Set(fields.keys) == [
        "action", "strategy", "success", "outcome", "attempts", "duration_ms", "message", "metadata",
      ])
    #expect(!"\(fields)".contains("hunter2"))
    let finding = HealthCheck.Result(
      .degraded, "password=hunter2hunter2", responseTime: .milliseconds(3), errorRate: 7)
    let found = try Self.object(finding)
    #expect(Set(found.keys) == ["status", "message", "issues", "response_time_ms", "error_rate"])
    #expect(found["error_rate"] == .integer(1) && !"\(found)".contains("hunter2"))
  }
}
