public import Healing
import Synchronization

/// The REST API over an engine, for a service to mount beside its own work.
///
/// ```swift
/// let server = try HealingServer(engine: engine)
/// try await server.start()
/// ```
///
/// Everything is answered from the engine's ledger, so it tells what every process wrote to it.
public final class HealingServer: Sendable {
  private let service: Service
  private let transport: HTTPTransport
  private let options: ServerOptions
  /// Answers requests without a socket.
  package let router: Router
  private let state = Lock(State.idle)

  private enum State {
    case idle, starting, stopped
    case listening(port: UInt16)
  }

  /// A server that does not listen yet.
  /// - Parameters:
  ///   - engine: whose ledger it tells of, and through which reported calls go.
  ///   - monitor: switched on and off by the API. Default: one of its own, switched off.
  ///   - options: where it listens and who may ask. Default: loopback, without a token.
  ///   - time: the clocks; those of the engine.
  ///   - log: takes what is worth a line. Default: nothing is logged.
  /// - Throws: ``HTTPServerError`` when the options would leave it open to others, or the system has no room.
  public init(
    engine: RecoveryEngine, monitor: HealthMonitor? = nil, options: ServerOptions = ServerOptions(),
    time: any TimeSource = SystemTimeSource(), log: @escaping ServerLog = { _, _, _ in }
  ) throws(HTTPServerError) {
    try options.check()
    let service = Service(
      engine: engine, monitor: monitor ?? HealthMonitor(engine: engine), access: options.access,
      limits: options.limits, time: time, log: log)
    let router = Router(
      routes: HealthRoutes(service: service).routes + ComponentRoutes(service: service).routes
        + RecoveryRoutes(service: service).routes + BreakerRoutes(service: service).routes
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

  /// Where it listens; `nil` before it does.
  public var port: UInt16? {
    state.withLock { if case .listening(let port) = $0 { port } else { nil } }
  }

  /// The same with the address; port 0 before it listens when the port is the system's choice.
  public var address: ListenAddress { options.listen.with(port: port) }

  /// Listens and answers from now on, until ``stop(grace:)``. A server that has been started keeps itself alive.
  /// - Throws: ``HTTPServerError`` when the address cannot be had, or the server has been started before.
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

  /// Takes no more connections, answers what is under way and closes. Does nothing when it does not listen.
  /// - Parameter grace: how long it waits for answers to be taken. Default 5 s.
  public func stop(grace: Duration = .seconds(5)) async {
    let wasListening = state.withLock { state in
      guard case .listening = state else { return false }
      state = .stopped
      return true
    }
    if wasListening { await transport.stop(grace: grace) }
  }

  /// Puts another monitor and other rules of access in place while it runs. Where it listens stays.
  /// - Throws: ``HTTPServerError`` when the rules would leave it open to others; then nothing has changed.
  public func change(monitor: HealthMonitor, options: ServerOptions) throws(HTTPServerError) {
    var options = options
    options.listen = self.options.listen
    try options.check()
    service.change(monitor: monitor, access: options.access)
    transport.change(transferBytes: options.transferBytes)
  }
}
