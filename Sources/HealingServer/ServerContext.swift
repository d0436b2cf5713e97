import Healing
import Synchronization

/// The state that all routes share: engine, monitor, access rules, metrics and log.
final class ServerContext: Sendable {
  let engine: RecoveryEngine
  let time: any TimeSource
  let metrics = ServerMetrics()
  let catalog: ComponentCatalog
  let streams: StreamLimiter
  private let logger: ServerLog
  private let changeable: Lock<Changeable>

  private struct Changeable {
    var monitor: HealthMonitor
    var access: AccessPolicy
  }

  /// How long a request waits for its entries to be on disk.
  private static let patience = Duration.seconds(1)

  init(
    engine: RecoveryEngine, monitor: HealthMonitor, access: AccessPolicy, limits: HTTPLimits,
    time: any TimeSource, log: @escaping ServerLog
  ) {
    self.engine = engine
    self.time = time
    logger = log
    streams = StreamLimiter(limit: limits.streams)
    catalog = ComponentCatalog(engine: engine)
    changeable = Lock(Changeable(monitor: monitor, access: access))
  }

  var ledger: any Ledger { engine.ledger }
  var monitor: HealthMonitor { changeable.withLock { $0.monitor } }
  var access: AccessPolicy { changeable.withLock { $0.access } }

  func change(monitor: HealthMonitor, access: AccessPolicy) {
    changeable.withLock { $0 = Changeable(monitor: monitor, access: access) }
  }

  /// Records entries of a request and waits up to `patience` until they are on disk.
  /// - Parameter body: records the entries. It is not called when the ledger cannot be written until an
  ///   operator acts: the response is then 503 and nothing was recorded. A full disk or a lock may be
  ///   temporary: then the entries wait in memory.
  /// - Returns: the result of `body`, and whether all entries are on disk. If not, they wait in memory and must
  ///   not be sent again. They are lost when the process ends before the ledger can be written, or when the
  ///   database refused some of them.
  /// - Throws: ``ProblemDetails``, or the error of `body`.
  func record<Value>(_ body: () throws -> Value) async throws -> (value: Value, durable: Bool) {
    let before = ledger.status
    if let problem = before.problem, problem.code != .full, problem.code != .busy {
      throw ProblemDetails(problem)
    }
    let value = try body()
    let ledger = ledger
    let outcome = await withTimeout(for: Self.patience, time: time) { try await ledger.flush() }
    guard case .value = outcome else { return (value, false) }
    return (value, ledger.status.refusedEvents == before.refusedEvents)
  }

  /// Returns the health of every component from the ledger, or from the calls of this process when the ledger
  /// cannot be read.
  /// - Returns: the health, and the error that prevents the ledger from being read or written.
  func systemHealth() async -> (health: SystemHealth, problem: LedgerError?) {
    let monitor = monitor
    do throws(LedgerError) {
      return (try await monitor.systemHealth(), ledger.status.problem)
    } catch {
      return (monitor.systemHealthInMemory(), error)
    }
  }

  func log(_ level: LogLevel, _ message: String, _ fields: [String: String] = [:]) {
    logger(level, message, fields)
  }
}

/// Severity of a log line.
///
/// These cases are final: the server logs at no other level.
public enum LogLevel: String, Sendable {
  /// For information.
  case info
  /// An operator should look at it, not urgently.
  case warning
  /// Something failed.
  case error
}

/// Receives a log line: a message and named fields. The function that writes the line out must redact secrets.
public typealias ServerLog =
  @Sendable (_ level: LogLevel, _ message: String, _ fields: [String: String]) -> Void
