import Healing
import HealingSQLite
import HealingServer

// The examples of docs/adopting.md.

func takeOrders(_ engine: RecoveryEngine) async throws {}

final class Gauges {
  var queue: Int64 = 0
  var lag = Duration.zero
  var merged: Int64 = 0
  var lastCommit: Timestamp?
  var lastError: LedgerError?
}

enum AdoptingExample {
  static func serve() async throws {
    let ledger = try await SQLiteLedger.open(
      path: "healing.db", identity: ProcessIdentity(release: "2026.11.3"))
    do {
      let engine = try await RecoveryEngine(ledger: ledger)
      let monitor = HealthMonitor(engine: engine)
      let server = try HealingServer(engine: engine, monitor: monitor)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await monitor.run() }
        group.addTask { try await server.run() }
        group.addTask { try await takeOrders(engine) }
        for try await _ in group {}
      }
    } catch {
      try? await ledger.close()
      throw error
    }
    try await ledger.close()
  }

  static func watch(_ ledger: SQLiteLedger, _ gauges: Gauges) async {
    for await status in ledger.statusChanges() {
      gauges.queue = status.unwrittenEvents
      gauges.lag = status.oldestUnwrittenAge
      gauges.merged = status.mergedEvents
      gauges.lastCommit = status.lastCommitAt
      gauges.lastError = status.lastError
    }
  }
}

extension ServiceLifecycleShape {
  struct LedgerService: Service {
    let ledger: SQLiteLedger
    func run() async throws { try await cancelWhenGracefulShutdown { try await ledger.run() } }
  }

  struct MonitorService: Service {
    let monitor: HealthMonitor
    func run() async throws { await cancelWhenGracefulShutdown { await monitor.run() } }
  }

  struct ServerService: Service {
    let server: HealingServer
    func run() async throws { try await cancelWhenGracefulShutdown { try await server.run() } }
  }

  func services(
    _ ledger: SQLiteLedger, _ monitor: HealthMonitor, _ server: HealingServer, _ orders: any Service
  ) -> [any Service] {
    [LedgerService(ledger: ledger), MonitorService(monitor: monitor), ServerService(server: server), orders]
  }
}

extension LoggingShape {
  static func start(_ logger: Logger) async throws -> RecoveryEngine {
    let ledger = try await SQLiteLedger.open(path: "healing.db") { notice in
      switch notice {
      case .troubleEnded, .reopened: logger.info("\(notice)")
      default: logger.error("\(notice)")
      }
    }
    return try await RecoveryEngine(ledger: ledger) { notice in logger.warning("\(notice)") }
  }

  static func log(_ engine: RecoveryEngine, to logger: Logger) async {
    for await event in engine.events() {
      switch event {
      case .transition(let change):
        logger.warning(
          "circuit \(change.from.rawValue) to \(change.to.rawValue)",
          metadata: ["component": "\(change.component)", "reason": "\(change.reason)"])
      case .alert(let alert): logger.error("\(alert.message)", metadata: ["component": "\(alert.component)"])
      case .error, .recovery, .check: break
      }
    }
  }
}

extension HummingbirdShape {
  struct HealingAPI<Context>: RouterMiddleware {
    let server: HealingServer

    func handle(
      _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
      guard request.uri.path.hasPrefix("/api/v1/healing/") else { return try await next(request, context) }
      var headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
      headers.append((name: "Host", value: request.head.authority ?? ""))
      let body = try await request.body.collect(upTo: 1_048_576)
      let answer = await server.respond(
        method: request.method.rawValue, path: request.head.path ?? "/", headers: headers,
        body: Array(buffer: body))
      var fields = HTTPFields()
      for field in answer.headers {
        if let name = HTTPField.Name(field.name) { fields.append(HTTPField(name: name, value: field.value)) }
      }
      return Response(
        status: .init(code: answer.status), headers: fields,
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
  }
}

private enum MeasuringCalls {
  typealias Timer = MetricsShape.Timer

  struct CallMetrics: CallObserver {
    func observe(_ call: ObservedCall) {
      let outcome = call.outcome.map { "\($0)" } ?? "ignored"
      Timer(
        label: "healing_call_duration",
        dimensions: [("component", "\(call.component)"), ("operation", call.operation), ("outcome", outcome)]
      ).recordNanoseconds(call.duration.inNanoseconds)
    }
  }

  static func observed(_ ledger: SQLiteLedger) async throws {
    let engine = try await RecoveryEngine(ledger: ledger, observer: CallMetrics())
    _ = engine
  }
}

private enum TracingCalls {
  typealias DefaultTracerClock = TracingShape.DefaultTracerClock
  static func startSpan(_ operationName: String, at instant: DefaultTracerClock.Timestamp)
    -> TracingShape.Span
  {
    TracingShape.Span(operationName: operationName, start: instant)
  }

  struct CallSpans: CallObserver {
    func observe(_ call: ObservedCall) {
      let now = DefaultTracerClock.now.nanosecondsSinceEpoch
      let start = DefaultTracerClock.Timestamp(
        nanosecondsSinceEpoch: now - UInt64(call.duration.inNanoseconds))
      let span = startSpan("\(call.component) \(call.operation)", at: start)
      span.attributes["healing.attempt"] = call.attempt
      span.attributes["healing.outcome"] = call.outcome.map { "\($0)" } ?? "ignored"
      if call.outcome == .failure { span.setStatus(.init(code: .error)) }
      span.end()
    }
  }
}

extension Duration {
  var inNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
