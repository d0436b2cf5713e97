public import Healing
import Synchronization

/// The REST API of an engine, for mounting in a service.
///
/// ```swift
/// let server = try HealingServer(engine: engine)
/// try await server.start()
/// ```
///
/// All responses come from the engine's ledger, so they cover what every process wrote to it.
public final class HealingServer: Sendable {
  private let service: ServerContext
  private let transport: HTTPTransport
  let options: ServerOptions
  /// Handles requests without a socket.
  package let router: Router
  private let state = Lock(State.idle)

  private enum State {
    case idle, starting, stopped
    case listening(port: UInt16)
  }

  /// Creates a server that does not listen yet.
  /// - Parameters:
  ///   - engine: the engine whose ledger is served, and which handles reported calls.
  ///   - monitor: the monitor that the API starts and stops. Default: a new one, stopped.
  ///   - options: listen address and access rules. Default: loopback, without a token.
  ///   - time: clocks; those of the engine.
  ///   - log: receives log lines. Default: nothing is logged.
  /// - Throws: ``HTTPServerError`` when the options would give other hosts unprotected access, or a resource
  ///   cannot be allocated.
  public init(
    engine: RecoveryEngine, monitor: HealthMonitor? = nil, options: ServerOptions = ServerOptions(),
    time: any TimeSource = SystemTimeSource(), log: @escaping ServerLog = { _, _, _ in }
  ) throws(HTTPServerError) {
    try options.check()
    let service = ServerContext(
      engine: engine, monitor: monitor ?? HealthMonitor(engine: engine), access: options.access,
      limits: options.limits, time: time, log: log)
    let router = Router(
      routes: HealthRoutes(service: service).routes + ComponentRoutes(service: service).routes
        + RecoveryRoutes(service: service).routes + OutageRoutes(service: service).routes
        + IncidentRoutes(service: service).routes
        + BreakerRoutes(service: service).routes
        + MonitoringRoutes(service: service).routes + VocabularyRoutes().routes
        + ReportingRoutes(service: service).routes + EventRoutes(service: service).routes
        + SystemRoutes(service: service).routes,
      service: service, limits: options.limits)
    self.service = service
    self.router = router
    self.options = options
    transport = try HTTPTransport(
      limits: options.limits, time: time, refuseMethod: { router.refusal(ofMethodFor: $0, headers: $1) },
      handle: { router.handle($0) })
  }

  /// Port that the server listens on; `nil` when it does not listen.
  public var port: UInt16? {
    state.withLock { if case .listening(let port) = $0 { port } else { nil } }
  }

  /// Address and port that the server listens on. Before it listens, the port is 0 if the system is to choose
  /// it.
  public var address: ListenAddress { options.listen.with(port: port) }

  /// Listens and serves requests until ``stop(grace:)``. A started server keeps itself alive.
  /// - Throws: ``HTTPServerError`` when the server cannot listen on the address, or has been started before.
  public func start() async throws(HTTPServerError) {
    let isFirst = state.withLock { state in
      guard case .idle = state else { return false }
      state = .starting
      return true
    }
    guard isFirst else { throw HTTPServerError("the server has been started before; make a new one") }
    do throws(HTTPServerError) {
      let descriptors = DescriptorLimit()
      router.change(options.limits.within(descriptors))
      let port = try transport.start(at: options.listen, descriptors: descriptors)
      state.withLock { $0 = .listening(port: port) }
    } catch {
      state.withLock { $0 = .idle }
      throw error
    }
  }

  /// Stops accepting connections, completes requests in progress and closes. Does nothing when the server does
  /// not listen.
  /// - Parameter grace: longest wait for responses to be sent. Default 5 s.
  public func stop(grace: Duration = .seconds(5)) async {
    let wasListening = state.withLock { state in
      guard case .listening = state else { return false }
      state = .stopped
      return true
    }
    if wasListening { await transport.stop(grace: grace) }
  }

  /// Starts the server, waits until the task is cancelled, and stops it as ``stop(grace:)`` does. For a service
  /// group or a task group.
  ///
  /// Requests in progress record entries until this method returns, so close the ledger afterwards.
  /// - Parameter grace: longest wait for responses to be sent. Default 5 s.
  /// - Throws: ``HTTPServerError`` when the server cannot listen on the address, or has been started before.
  public func run(grace: Duration = .seconds(5)) async throws(HTTPServerError) {
    try await start()
    await waitForCancellation()
    await stop(grace: grace)
  }

  /// Replaces the monitor and the access rules while the server runs. The listen address does not change.
  /// - Throws: ``HTTPServerError`` when the rules would give other hosts unprotected access; then nothing has
  ///   changed.
  public func change(monitor: HealthMonitor, options: ServerOptions) throws(HTTPServerError) {
    var options = options
    options.listen = self.options.listen
    try options.check()
    service.change(monitor: monitor, access: options.access)
    transport.change(transferBytes: options.transferBytes)
  }
}
