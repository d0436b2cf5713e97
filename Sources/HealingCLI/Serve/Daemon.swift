import HealingServer
import CHealingLinux
import Foundation
import Healing
import HealingSQLite

/// The daemon: a ledger, its engine, a monitor and the server, from start to end.
final class Daemon {
  private let settings: ServeSettings
  /// The current configuration. `atStart` has the values that cannot change while the daemon runs.
  private var configuration: ServeConfiguration
  private let atStart: ServeConfiguration
  private let log: JSONLog
  private let trouble: TroubleLog
  /// Kept over reloads, so that a channel that fails is logged once.
  private let channels: AlertChannelLog
  private let systemd = SystemdNotifier()
  private let ledger: SQLiteLedger
  private let engine: RecoveryEngine
  private let server: HealingServer
  private var monitor: HealthMonitor

  /// The parts of the 10 s within which the daemon ends.
  private static let answerGrace = Duration.seconds(4)
  private static let flushGrace = Duration.seconds(4)

  /// Runs a daemon until it receives SIGTERM or SIGINT.
  /// - Throws: ``SilentExit`` when it ended with an error that is in the log; otherwise the error that
  ///   prevented the start: `LedgerError`, ``HTTPServerError`` or ``UsageError``, each with its remedy.
  static func run(_ settings: ServeSettings) async throws {
    // Failures are ignored: the daemon then only uses more memory.
    _ = clinux_use_one_arena()
    _ = clinux_map_large_blocks()
    // Before the ledger is opened: a signal that ends the process would leave a run that seems to continue.
    let signals = Signals([SIGTERM, SIGINT, SIGHUP])
    let configuration = try settings.load()
    let options = try settings.serverOptions(configuration)
    let log = JSONLog()
    let trouble = TroubleLog { log($0, $1, $2) }
    let path = try settings.ledgerPath(configuration)
    // Before the ledger is created: a start on an address in use leaves no new file.
    try options.listen.checkAvailable()
    let ledger = try SQLiteLedger(
      path: path, identity: Version.identity("serve"), options: configuration.ledgerOptions
    ) { trouble($0) }
    trouble.countFailures { [weak ledger] in ledger?.status.failedWrites ?? 0 }
    let daemon: Daemon
    do {
      daemon = try await Daemon(settings, configuration, options, ledger, log, trouble)
      try await daemon.server.start()
    } catch {
      // Closes the ledger after a failed start, so that the run ends regularly.
      try? await ledger.close()
      throw error
    }
    try await daemon.run(until: signals)
  }

  private init(
    _ settings: ServeSettings, _ configuration: ServeConfiguration, _ options: ServerOptions,
    _ ledger: SQLiteLedger, _ log: JSONLog, _ trouble: TroubleLog
  ) async throws {
    self.settings = settings
    self.configuration = configuration
    atStart = configuration
    self.log = log
    self.trouble = trouble
    channels = AlertChannelLog { log($0, $1, $2) }
    self.ledger = ledger
    // No default breaker: components get one when a client registers it. This process makes no calls except
    // alert deliveries.
    engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(breaker: nil), componentLimit: configuration.maxComponents,
      isObserver: true, notify: { [log] in log(.warning, "\($0)", [:]) })
    monitor = try Self.makeMonitor(configuration, engine, log, channels)
    monitor.announceIncidents(as: ledger.processID)
    server = try HealingServer(engine: engine, monitor: monitor, options: options) { [log] in log($0, $1, $2)
    }
    await endChecksOfEarlierRuns()
    apply(configuration)
  }

  /// Serves until a signal ends the daemon.
  /// - Throws: ``SilentExit`` when the last entries could not be written.
  private func run(until signals: Signals) async throws {
    log(
      .info, "ready",
      [
        "address": server.address.description, "ledger": ledger.path,
        "process": String(ledger.processID), "version": Version.current,
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
    let outcome = await withTimeout(for: Self.flushGrace, time: SystemTimeSource()) {
      await monitor.stop()
      try await ledger.close()
    }
    trouble.finish()
    switch outcome {
    case .value: log(.info, "ended")
    case .failed(let error): try fail(error)
    case .timedOut, .cancelled:
      try fail(
        LedgerError(
          .busy, ledger: ledger.path,
          problem: "\(ledger.status.unwrittenEvents) events could not be written in time and are lost",
          remedy: "end the program that holds it"))
    }
  }

  /// Logs the error as the last line and ends with its exit code.
  private func fail(_ error: any Error) throws -> Never {
    log(.error, "ended with unwritten events", ["error": "\(error)"])
    throw SilentExit(code: ExitCode(for: error))
  }

  // MARK: Configuration

  /// Reloads the configuration. An invalid configuration changes nothing.
  private func reload() async {
    systemd.send("RELOADING=1")
    do {
      let configuration = try settings.load()
      let next = try Self.makeMonitor(configuration, engine, log, channels)
      next.announceIncidents(as: ledger.processID)
      try server.change(monitor: next, options: settings.serverOptions(configuration))
      await monitor.stop()
      let unchecked = next.replace(monitor)
      monitor = next
      for component in unchecked { await endCheck(of: component, configuration) }
      for change in configuration.needingRestart(atStart: atStart, before: self.configuration) {
        log(.warning, "a changed value needs a restart", change)
      }
      self.configuration = configuration
      apply(configuration)
      log(.info, "reloaded")
    } catch {
      log(.error, "not reloaded; the old configuration stays in force", ["error": "\(error)"])
    }
    systemd.send("READY=1")
  }

  /// Ends the checks that an earlier run had and this configuration does not have, as a reload does. Does nothing
  /// while another process is running, because the check may be its own.
  private func endChecksOfEarlierRuns() async {
    guard let processes = try? await ledger.processes.recent(limit: 100),
      processes.allSatisfy({ $0.endedAt != nil || $0.id == ledger.processID }),
      let checked = try? await ledger.checks.latestStatuses().keys,
      let known = try? await Set(ledger.components.all().map(\.name)),
      let used = try? await Set(ledger.samples.rates(.all, component: nil).map(\.component))
    else { return }
    let watched = monitor.checkedComponents
    for component in checked.sorted() where known.contains(component) && !used.contains(component) {
      guard !watched.contains(component), (try? await isUnused(component)) == true else { continue }
      monitor.markUnchecked(component)
      await endCheck(of: component, configuration)
    }
  }

  /// Ends the incident of a component whose check was removed, which sends an `unwatched` alert. Forgets the
  /// component when only its check is known.
  private func endCheck(of component: ComponentName, _ configuration: ServeConfiguration) async {
    await monitor.check(component)
    guard !configuration.breakers.contains(where: { $0.component == component }),
      (try? await isUnused(component)) == true
    else { return }
    engine.forget(component, actor: "reload")
  }

  /// Whether the ledger has no calls, errors, recoveries or transitions of a component.
  private func isUnused(_ component: ComponentName) async throws(LedgerError) -> Bool {
    // After a reset of its metrics, earlier calls cannot be ruled out.
    guard try await ledger.components.find(component)?.epoch == 0,
      try await ledger.samples.rates(.all, component: component).isEmpty,
      try await ledger.errors.recent(component: component, limit: 1).isEmpty,
      try await ledger.recoveries.recent(.all, component: component, limit: 1).isEmpty
    else { return false }
    return try await ledger.breakers.transitions(component: component, limit: 1).isEmpty
  }

  private func apply(_ configuration: ServeConfiguration) {
    for finding in MissingFiles(configuration).findings {
      log(.warning, "a program or folder of the configuration is unusable", ["problem": finding])
    }
    engine.componentLimit = configuration.maxComponents
    for (component, options) in configuration.breakers {
      engine.reserve(component)
      _ = engine.component(component, withBreaker: options)
    }
    if configuration.startsMonitoring { monitor.start() }
  }

  private static func makeMonitor(
    _ configuration: ServeConfiguration, _ engine: RecoveryEngine, _ log: JSONLog,
    _ channels: AlertChannelLog
  ) throws -> HealthMonitor {
    let monitor = try HealthMonitor(engine: engine, options: configuration.monitoring)
    let limiter = ConcurrencyLimiter(limit: configuration.checkConcurrency)
    for check in configuration.checks {
      monitor.register(check.component, check: try check.check(limiter: limiter))
    }
    for alert in configuration.alerts {
      // Deliveries have a circuit breaker, so that an unavailable webhook is not called for a while.
      let delivery = ComponentName("alert.\(alert.name)")
      engine.reserve(delivery)
      try engine.setPolicy(.standard, of: delivery)
      let handler = try alert.handler { log($0, $1, $2) }
      monitor.onAlert(alert.name, limit: alert.limit, channels.watching(alert.name, handler))
    }
    return monitor
  }

  // MARK: Watchdog

  /// Notifies the watchdog while the ledger's writer makes progress: it writes, waits for work, or fails to
  /// write and retries. A restart does not fix a full disk, and would lose the entries in memory. It may fix a
  /// writer that hangs.
  private func startWatchdog() -> Task<Void, Never>? {
    guard let interval = systemd.watchdogInterval else { return nil }
    return Task { [systemd, ledger] in
      let time = SystemTimeSource()
      while (try? await time.sleep(for: interval / 2)) != nil {
        let before = ledger.status.heartbeat
        // Wakes an idle writer.
        _ = await withTimeout(for: interval / 3, time: time) { try? await ledger.flush() }
        if ledger.status.heartbeat != before { systemd.send("WATCHDOG=1") }
      }
    }
  }
}
