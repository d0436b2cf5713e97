import Healing
import Synchronization

/// What the operations share.
final class Service: Sendable {
  let engine: RecoveryEngine
  let time: any TimeSource
  let metrics = ServerMetrics()
  let catalog: ComponentCatalog
  let streams: StreamCount
  private let logger: ServerLog
  private let changeable: Lock<Changeable>

  private struct Changeable {
    var monitor: HealthMonitor
    var access: AccessPolicy
  }

  /// How long a request waits for what it wrote to be on disk.
  private static let patience = Duration.seconds(1)

  init(
    engine: RecoveryEngine, monitor: HealthMonitor, access: AccessPolicy, limits: HTTPLimits,
    time: any TimeSource, log: @escaping ServerLog
  ) {
    self.engine = engine
    self.time = time
    logger = log
    streams = StreamCount(limit: limits.streams)
    catalog = ComponentCatalog(engine: engine)
    changeable = Lock(Changeable(monitor: monitor, access: access))
  }

  var ledger: any Ledger { engine.ledger }
  var monitor: HealthMonitor { changeable.withLock { $0.monitor } }
  var access: AccessPolicy { changeable.withLock { $0.access } }

  func change(monitor: HealthMonitor, access: AccessPolicy) {
    changeable.withLock { $0 = Changeable(monitor: monitor, access: access) }
  }

  /// Has something of a request recorded, and waits until it is on disk, but not for long.
  /// - Parameter body: records. It is not called when the ledger cannot be written until somebody acts: then the answer is
  ///   503, and nothing was recorded. A full disk or a lock may pass: then what is recorded waits in memory.
  /// - Returns: what `body` returned, and whether all of it is on disk. If not, it waits in memory and must not be sent again;
  ///   it is lost when the process ends before the ledger can be written, or when the database refused part of it.
  /// - Throws: ``Problem``, or what `body` throws.
  func record<Value>(_ body: () throws -> Value) async throws -> (value: Value, durable: Bool) {
    let before = ledger.status
    if let problem = before.problem, problem.code != .full, problem.code != .busy { throw Problem(problem) }
    let value = try body()
    let ledger = ledger
    let outcome = await Patience.wait(for: Self.patience, time: time) { try await ledger.flush() }
    guard case .value = outcome else { return (value, false) }
    return (value, ledger.status.refusedEvents == before.refusedEvents)
  }

  /// The health of every component: by the ledger, or by the calls of this process when the ledger cannot be read.
  /// - Returns: the health, and what keeps the ledger from being read or written.
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

/// How much a line of the log matters.
public enum LogLevel: String, Sendable {
  /// Worth knowing.
  case info
  /// Somebody should look at it some time.
  case warning
  /// Something failed.
  case error
}

/// Takes a line of the log: a message, and what goes with it by name. Secrets have been removed by whoever writes it out.
public typealias ServerLog =
  @Sendable (_ level: LogLevel, _ message: String, _ fields: [String: String]) -> Void
