import Foundation
import Healing
import HealingSQLite
import HealingServer

/// The daemon: a ledger, an engine over it, a monitor, the server, and what happens to them over a life.
final class Daemon {
  private let settings: ServeSettings
  private let log = JSONLog()
  private let systemd = SystemdNotifier()
  private let ledger: SQLiteLedger
  private let engine: RecoveryEngine
  private let server: HealingServer
  private var monitor: HealthMonitor

  /// How long an end may take in all is 10 s; these are its parts.
  private static let answerGrace = Duration.seconds(4)
  private static let flushGrace = Duration.seconds(4)

  /// - Throws: `LedgerError`, ``HTTPServerError`` or ``UsageError``, each saying what to do about it.
  init(_ settings: ServeSettings) async throws {
    self.settings = settings
    let configuration = try settings.load()
    let options = try settings.serverOptions(configuration)
    ledger = try SQLiteLedger(
      path: try settings.ledgerPath(configuration), identity: ProcessIdentity(program: "healing serve"))
    // Components get a breaker when somebody asks for one: this process makes no calls of its own but deliveries.
    engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(breaker: nil), componentLimit: configuration.maxComponents)
    monitor = try Self.makeMonitor(configuration, engine, log)
    server = try HealingServer(engine: engine, monitor: monitor, options: options) { [log] in log($0, $1, $2)
    }
    apply(configuration)
  }

  /// Answers until it is told to end.
  /// - Throws: what kept it from listening, or from writing its last rows.
  func run() async throws {
    let signals = Signals([SIGTERM, SIGINT, SIGHUP])
    try await server.start()
    log(
      .info, "ready",
      [
        "address": server.address.description, "ledger": ledger.path,
        "process": String(ledger.processID),
      ])
    systemd.send("READY=1")
    let watchdog = startWatchdog()
    for await signal in signals.received {
      guard signal == SIGHUP else { break }
      await reload()
    }
    watchdog?.cancel()
    try await end()
  }

  private func end() async throws {
    log(.info, "ending")
    systemd.send("STOPPING=1")
    await server.stop(grace: Self.answerGrace)
    let (monitor, ledger) = (monitor, ledger)
    let outcome = await Patience.wait(for: Self.flushGrace, time: SystemTimeSource()) {
      await monitor.stop()
      try await ledger.close()
    }
    switch outcome {
    case .value: log(.info, "ended")
    case .failed(let error): throw error
    case .timedOut:
      throw LedgerError(
        .busy, ledger: ledger.path, problem: "the last rows could not be written in time",
        remedy: "end the program that holds it")
    }
  }

  // MARK: Configuration

  /// Reads the configuration again. What is wrong leaves everything as it was.
  private func reload() async {
    systemd.send("RELOADING=1")
    do {
      let configuration = try settings.load()
      let next = try Self.makeMonitor(configuration, engine, log)
      try server.change(monitor: next, options: settings.serverOptions(configuration))
      await monitor.stop()
      next.takeOver(monitor)
      monitor = next
      apply(configuration)
      log(.info, "reloaded")
    } catch {
      log(.error, "not reloaded, everything stays as it was", ["error": "\(error)"])
    }
    systemd.send("READY=1")
  }

  private func apply(_ configuration: ServeConfiguration) {
    engine.componentLimit = configuration.maxComponents
    for (component, options) in configuration.breakers {
      var policy = engine.reserve(component).policy
      guard policy.breaker != options else { continue }
      policy.breaker = options
      engine.setPolicy(policy, of: component)
    }
    if configuration.startsMonitoring { monitor.start() }
  }

  private static func makeMonitor(
    _ configuration: ServeConfiguration, _ engine: RecoveryEngine, _ log: JSONLog
  ) throws -> HealthMonitor {
    let monitor = HealthMonitor(engine: engine, options: configuration.monitoring)
    let gate = CheckGate(limit: configuration.checkConcurrency)
    for check in configuration.checks {
      monitor.register(check.component, check: try check.check(gate: gate))
    }
    for alert in configuration.alerts {
      // Deliveries have a breaker of their own, so that a dead webhook is left alone for a while.
      let delivery = ComponentName("alert.\(alert.name)")
      engine.reserve(delivery)
      engine.setPolicy(.standard, of: delivery)
      monitor.onAlert(alert.name, try alert.handler { log($0, $1, $2) })
    }
    return monitor
  }

  // MARK: Watchdog

  /// Tells systemd that all is well as long as the ledger's writer answers, whatever it answers: a full disk is not
  /// mended by a restart, a writer that hangs may be.
  private func startWatchdog() -> Task<Void, Never>? {
    guard let interval = systemd.watchdogInterval else { return nil }
    return Task { [systemd, ledger] in
      let time = SystemTimeSource()
      while (try? await time.sleep(for: interval / 2)) != nil {
        let answer = await Patience.wait(for: interval / 3, time: time) { try? await ledger.flush() }
        if case .value = answer { systemd.send("WATCHDOG=1") }
      }
    }
  }
}
