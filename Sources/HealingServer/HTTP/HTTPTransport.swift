import CHealingEvent
import Foundation
package import Healing
import Synchronization

/// Listens with evhttp, passes each request to a handler as a value and sends the handler's response.
///
/// evhttp does framing, keep-alive and sending. This adds what evhttp lacks: a ``RequestGuard`` checks every
/// byte first, connections and their buffered bytes are limited, and each phase of a connection has a deadline.
///
/// `@unchecked Sendable`: everything but the constants is accessed on the loop's thread only.
package final class HTTPTransport: @unchecked Sendable {
  /// Called on the loop's thread, so it must not block.
  package typealias Handler = @Sendable (HTTPRequest) -> HTTPHandling

  let limits: HTTPLimits
  private let loop: EventLoop
  private let time: any TimeSource
  private let handle: Handler
  private let refuseMethod: RequestGuard.MethodRefusal
  private var http: OpaquePointer?
  private var listener: OpaquePointer?
  private var sweeper: OpaquePointer?
  private var connections: [OpaquePointer: HTTPConnection] = [:]
  private var budget: TransferBudget
  private var descriptors = DescriptorLimit()
  private var mostConnections = 0
  /// Requests whose handler has not finished.
  private var exchanges = 0
  private var drained: CheckedContinuation<Void, Never>?
  private var isStopping = false
  /// Whether no connections are accepted, because there are too many.
  private var isPaused = false
  /// Set while the loop runs: its callbacks refer to this object without retaining it.
  private var keepsAlive: HTTPTransport?

  package init(
    limits: HTTPLimits, time: any TimeSource, refuseMethod: @escaping RequestGuard.MethodRefusal,
    handle: @escaping Handler
  ) throws(HTTPServerError) {
    loop = try EventLoop()
    self.limits = limits
    budget = TransferBudget(limits)
    self.time = time
    self.refuseMethod = refuseMethod
    self.handle = handle
  }

  func now() -> Int64 { time.monotonicNanoseconds() }

  // MARK: Start and stop

  /// Binds and starts serving.
  /// - Parameter descriptors: the limit, read after the owner has opened its files.
  /// - Returns: the port. The system chooses it when the address has port 0.
  package func start(at address: ListenAddress, descriptors: DescriptorLimit = DescriptorLimit())
    throws(HTTPServerError) -> UInt16
  {
    guard descriptors.connections >= DescriptorLimit.leastConnections else {
      throw HTTPServerError(
        "the limit of open files (RLIMIT_NOFILE) leaves room for \(max(0, descriptors.connections)) connections, and a "
          + "server needs \(DescriptorLimit.leastConnections); raise the limit to 64 or more, such as by "
          + "ulimit -n or LimitNOFILE=")
    }
    let (socket, port) = try address.bind(loop)
    guard let http = evhttp_new(loop.base) else {
      evconnlistener_free(socket)
      throw HTTPServerError("no HTTP server: out of memory")
    }
    self.http = http
    listener = socket
    self.descriptors = descriptors
    mostConnections = limits.connections(within: descriptors)
    // Accepted connections inherit these sizes. Socket buffers count as memory of the systemd unit, not of the
    // process.
    var bytes = Int32(clamping: limits.socketBytes)
    for option in [SO_SNDBUF, SO_RCVBUF] {
      setsockopt(
        evconnlistener_get_fd(socket), SOL_SOCKET, option, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
    let me = Unmanaged.passUnretained(self).toOpaque()
    // A second line of defence: the guard's limits are tighter.
    evhttp_set_max_headers_size(http, limits.headBytes * 2)
    evhttp_set_max_body_size(http, limits.bodyBytes)
    evhttp_set_default_content_type(http, nil)
    evhttp_set_allowed_methods(http, UInt16.max)
    evhttp_set_bevcb(http, { _, me in me.flatMap { HTTPTransport.at($0).makeConnection() } }, me)
    evhttp_set_gencb(
      http, { request, me in if let request, let me { HTTPTransport.at(me).dispatch(request) } }, me)
    guard evhttp_bind_listener(http, socket) != nil else {
      throw HTTPServerError("no HTTP server: out of memory")
    }
    // Stops accepting when descriptors are exhausted; otherwise the loop would retry at once. The sweeper
    // enables it again.
    evconnlistener_set_error_cb(socket) { listener, _ in evconnlistener_disable(listener) }
    sweeper = event_new(
      loop.base, -1, Int16(EV_PERSIST), { _, _, me in if let me { HTTPTransport.at(me).sweep() } }, me)
    var interval = sweepInterval
    event_add(sweeper, &interval)
    evconnlistener_enable(socket)
    keepsAlive = self
    loop.start()
    return port
  }

  /// Changes the transfer budget.
  func change(transferBytes: Int) { loop.post { self.budget.limit = transferBytes } }

  /// Stops accepting connections, completes requests in progress for up to `grace`, then closes all
  /// connections.
  package func stop(grace: Duration) async {
    let deadline = Task { [time, loop] in
      guard (try? await time.sleep(for: grace)) != nil else { return }
      loop.post { self.finishDraining() }
    }
    await withCheckedContinuation { continuation in
      loop.post { self.drain(continuation) }
    }
    deadline.cancel()
    loop.stop()
    keepsAlive = nil
    // The loop's thread has ended. Handlers that still run refer to the library's memory: then it is not freed.
    guard exchanges == 0 else { return }
    for connection in connections.values { connection.release() }
    connections = [:]
    event_free(sweeper)
    evhttp_free(http)
  }

  private func drain(_ continuation: CheckedContinuation<Void, Never>) {
    isStopping = true
    drained = continuation
    // Shuts the socket down: closing it would leave the backlog waiting and the address in use while a program
    // that is just being started has a copy of the descriptor.
    evconnlistener_disable(listener)
    shutdown(evconnlistener_get_fd(listener), Int32(SHUT_RDWR))
    for connection in connections.values {
      switch connection.phase {
      case .reading, .refused: connection.cut()
      // Cancels streams; other handlers finish.
      case .handling where connection.isStream, .answering where connection.isStream:
        connection.handler?.cancel()
      case .handling, .answering: break
      }
    }
    finishIfIdle()
  }

  private func finishIfIdle() {
    if connections.isEmpty && exchanges == 0 { finishDraining() }
  }

  private func finishDraining() {
    drained?.resume()
    drained = nil
  }

  private static func at(_ pointer: UnsafeMutableRawPointer) -> HTTPTransport {
    Unmanaged<HTTPTransport>.fromOpaque(pointer).takeUnretainedValue()
  }

  // MARK: Connections

  /// Called by the library for each accepted connection.
  private func makeConnection() -> OpaquePointer? {
    guard let buffers = bufferevent_socket_new(loop.base, -1, Int32(BEV_OPT_CLOSE_ON_FREE.rawValue)) else {
      return nil  // The library then makes its own buffers; `dispatch` rejects requests through them.
    }
    connections[buffers] = HTTPConnection(
      buffers: buffers, transport: self, guard: RequestGuard(limits: limits, refuseMethod: refuseMethod),
      at: now())
    // The library's connection object exists only after this returns.
    let bound = LoopBound(value: buffers)
    loop.post { self.observeClosing(bound.value) }
    makeRoomForConnection()
    return buffers
  }

  /// While there is a connection too many: accepts no more, and closes one. Without the pause, a burst of clients
  /// would take all descriptors before the first connection is closed; a process without descriptors cannot read
  /// its ledger, and libdispatch ends it.
  private func makeRoomForConnection() {
    guard connections.count > mostConnections else { return }
    if !isPaused { evconnlistener_disable(listener) }
    isPaused = true
    if connections.values.count(where: { !$0.isCut }) > mostConnections { cutLongestWaiting() }
  }

  /// Accepts connections again, if there is room.
  private func acceptIfRoom() {
    guard !isStopping && connections.count <= mostConnections else { return }
    isPaused = false
    evconnlistener_enable(listener)
  }

  /// Registers the callback for a closed connection.
  private func observeClosing(_ buffers: OpaquePointer) {
    guard let connection = connections[buffers], connection.phase != .refused else { return }
    guard let library = connection.library else { return forget(buffers) }
    if isStopping { connection.cut() }
    evhttp_connection_set_closecb(
      library,
      { library, me in
        guard let me, let buffers = evhttp_connection_get_bufferevent(library) else { return }
        HTTPTransport.at(me).forget(buffers)
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func forget(_ buffers: OpaquePointer) {
    guard let connection = connections.removeValue(forKey: buffers) else { return }
    budget.replace(connection.charge, with: 0)
    connection.release()
    if isStopping {
      finishIfIdle()
    } else if isPaused {
      // Later, because the library closes the descriptor only after this callback.
      loop.post { self.acceptIfRoom() }
    }
  }

  /// For that long, a request may be on its way, or a response.
  private static let transitTime = Duration.seconds(1)

  /// Closes the connection whose loss costs least: first the one without a whole request that has waited
  /// longest, then the one whose response has made no progress for longest, then the stream that has waited
  /// longest for an event. Closes none that handles a request. Closes none while a request or a response was in
  /// transit a moment ago, except an idle connection.
  private func cutLongestWaiting() {
    let now = now()
    var isInTransit = false
    func settled(_ order: Int, since: Int64) -> (order: Int, since: Int64)? {
      guard now - since < Self.transitTime.nanoseconds else { return (order, since) }
      isInTransit = true
      return nil
    }
    func rank(_ connection: HTTPConnection) -> (order: Int, since: Int64)? {
      switch connection.phase {
      case .reading where connection.isIdle, .refused: return (0, connection.since)
      case .reading: return settled(0, since: connection.since)
      case .handling where connection.isStream, .answering where connection.isStream:
        return (2, connection.since)
      case .answering:
        recount(connection, at: now)
        return settled(1, since: connection.movedAt)
      case .handling: return nil
      }
    }
    let ranked = connections.values.filter { !$0.isCut }.compactMap { connection in
      rank(connection).map { (connection, $0) }
    }
    guard let (first, (order, _)) = ranked.min(by: { $0.1 < $1.1 }), order < 2 || !isInTransit else { return }
    first.cut()
  }

  // MARK: Deadlines

  private var sweepInterval: timeval {
    let shortest = min(limits.headTime, limits.bodyTime, limits.answerTime, limits.idleTime)
    let microseconds = min(1_000_000, max(10_000, shortest.microseconds / 4))
    return timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
  }

  private static let refusedTime = Duration.seconds(2)

  private func sweep() {
    let now = now()
    if descriptors.isExhausted { for _ in 0..<descriptors.reserve { cutLongestWaiting() } }
    for connection in Array(connections.values) {
      recount(connection, at: now)
      let age = Duration.nanoseconds(now - connection.since)
      switch connection.phase {
      case .handling: continue
      case .answering where age >= limits.answerTime: connection.cut()
      case .refused where age >= Self.refusedTime: close(connection)
      case .reading where connection.library == nil: forget(connection.buffers)
      case .reading:
        switch connection.position {
        case .betweenRequests where age >= limits.idleTime: connection.cut()
        case .inHead where age >= limits.headTime:
          refuse(
            connection, ProblemDetails(408, "the head of the request took longer than \(limits.headTime)"))
        case .inBody where age >= limits.bodyTime:
          refuse(
            connection, ProblemDetails(408, "the body of the request took longer than \(limits.bodyTime)"))
        default: continue
        }
      case .answering, .refused: continue
      }
    }
    makeRoomForConnection()
    acceptIfRoom()
  }

  // MARK: Transfer budget

  /// Updates the budget with the bytes that a connection holds.
  func recount(_ connection: HTTPConnection, at now: Int64) {
    let held = connection.measure(at: now)
    let charge = budget.charge(for: held.received) + budget.charge(for: held.untaken)
    budget.replace(connection.charge, with: charge)
    connection.charge = charge
  }

  /// Called after the guard has accepted new bytes of a connection.
  func received(_ connection: HTTPConnection) {
    recount(connection, at: connection.movedAt)
    guard connection.phase == .reading, connection.charge > 0, !budget.fits(0) else { return }
    if !makeRoom(for: 0) { refuse(connection, ProblemDetails.noRoom) }
  }

  /// Drops bodies and responses without progress for ``HTTPLimits/stallTime``, the longest first, until
  /// `charge` fits.
  /// - Returns: whether it fits.
  private func makeRoom(for charge: Int) -> Bool {
    guard !budget.fits(charge) else { return true }
    let now = now()
    for connection in connections.values { recount(connection, at: now) }
    let stalled = connections.values.filter {
      $0.charge > 0 && ($0.phase == .reading || $0.phase == .answering)
        && now - $0.movedAt >= limits.stallTime.nanoseconds
    }
    for connection in stalled.sorted(by: { $0.movedAt < $1.movedAt }) where !budget.fits(charge) {
      if connection.phase == .reading { refuse(connection, ProblemDetails.noRoom) } else { connection.cut() }
      recount(connection, at: now)
    }
    return budget.fits(charge)
  }

  /// Reserves the bytes of a response before it is built. In a budget of less than four such responses it
  /// reserves a quarter of the budget.
  private func reserve(_ bytes: Int, _ exchange: HTTPExchange) -> Bool {
    let charge = min(budget.charge(for: bytes), budget.limit / 4)
    guard makeRoom(for: charge) else { return false }
    budget.replace(0, with: charge)
    exchange.charge += charge
    return true
  }

  // MARK: Rejecting

  /// Sends a response without the library, and closes the connection. Discards further input for up to
  /// `refusedTime`, because closing with unread input would reset the connection and lose the response.
  func refuse(_ connection: HTTPConnection, _ problem: ProblemDetails) {
    guard connection.phase == .reading else {
      connection.postponedRefusal = connection.postponedRefusal ?? problem
      return
    }
    guard let library = connection.library else { return }
    let descriptor = bufferevent_getfd(connection.buffers)
    let answer = RawResponse.bytes(of: problem.response)
    answer.withUnsafeBytes { bytes in
      // No other output is pending for this client, so the socket buffer has room for a few hundred bytes.
      _ = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }
    shutdown(descriptor, Int32(SHUT_WR))
    let input = bufferevent_get_input(connection.buffers)
    evbuffer_drain(input, evbuffer_get_length(input))
    connection.enter(.refused, at: now())
    recount(connection, at: connection.since)
    connection.refusedLibrary = library
    // The read callback uses no context: the library may call it with a different one.
    bufferevent_setcb(
      connection.buffers,
      { buffers, _ in
        let input = bufferevent_get_input(buffers)
        evbuffer_drain(input, evbuffer_get_length(input))
      }, nil,
      { _, _, connection in
        guard let connection else { return }
        let refused = Unmanaged<HTTPConnection>.fromOpaque(connection).takeUnretainedValue()
        refused.transport.close(refused)
      }, Unmanaged.passUnretained(connection).toOpaque())
  }

  /// Ends a rejected connection.
  private func close(_ connection: HTTPConnection) {
    guard let library = connection.refusedLibrary else { return }
    evhttp_connection_free(library)
    // Does nothing if the library has called the close callback. It has not when the callback was not set yet.
    forget(connection.buffers)
  }

  // MARK: Requests

  private func dispatch(_ request: OpaquePointer) {
    guard let library = evhttp_request_get_connection(request),
      let buffers = evhttp_connection_get_bufferevent(library), let connection = connections[buffers]
    else { return evhttp_send_error(request, 503, nil) }
    connection.enter(.handling, at: now())
    connection.isStream = false
    evhttp_request_set_on_complete_cb(
      request,
      { _, connection in
        guard let connection else { return }
        let done = Unmanaged<HTTPConnection>.fromOpaque(connection).takeUnretainedValue()
        done.transport.completed(done)
      }, Unmanaged.passUnretained(connection).toOpaque())
    exchanges += 1
    let exchange = LoopBound(value: HTTPExchange(request: request, buffers: buffers))
    let value = exchange.value.read()
    exchange.value.charge = budget.charge(for: value.body.count)
    budget.replace(0, with: exchange.value.charge)
    recount(connection, at: connection.since)
    switch handle(value) {
    case .answer(let response): send(response, exchange.value)
    case .work(let work): connection.handler = task(work, exchange)
    }
  }

  private func task(
    _ work: @escaping @Sendable (@escaping HTTPHandling.Reservation) async -> HTTPResponse,
    _ exchange: LoopBound<HTTPExchange>
  ) -> Task<Void, Never> {
    Task { [self] in
      let response = await work { [self] bytes in
        await withCheckedContinuation { continuation in
          loop.post { continuation.resume(returning: self.reserve(bytes, exchange.value)) }
        }
      }
      switch response.body {
      case .bytes: loop.post { self.send(response, exchange.value) }
      case .stream(let write):
        loop.post { self.startStream(response, exchange.value) }
        try? await write(StreamWriter(transport: self, exchange: exchange))
        loop.post { self.endStream(exchange.value) }
      }
    }
  }

  private func send(_ response: HTTPResponse, _ exchange: HTTPExchange) {
    exchanges -= 1
    budget.replace(exchange.charge, with: 0)
    if !exchange.isAbandoned, let connection = connections[exchange.buffers] {
      let charge = budget.charge(for: exchange.size(of: response))
      let fits = charge == 0 || makeRoom(for: charge)
      connection.enter(.answering, at: now())
      exchange.send(fits ? response : ProblemDetails.noRoom.response, closing: isStopping)
      recount(connection, at: connection.since)
    } else {
      exchange.drop()
    }
    if isStopping { finishIfIdle() }
  }

  private func startStream(_ response: HTTPResponse, _ exchange: HTTPExchange) {
    if !exchange.isAbandoned { connections[exchange.buffers]?.isStream = true }
    exchange.start(response)
    if isStopping { connections[exchange.buffers]?.handler?.cancel() }
  }

  private func endStream(_ exchange: HTTPExchange) {
    exchanges -= 1
    budget.replace(exchange.charge, with: 0)
    if !exchange.isAbandoned { connections[exchange.buffers]?.enter(.answering, at: now()) }
    exchange.end()
    if isStopping { finishIfIdle() }
  }

  /// Called when the response has been sent. The library reads the next request when this returns.
  private func completed(_ connection: HTTPConnection) {
    connection.handler = nil
    connection.enter(.reading, at: now())
    recount(connection, at: connection.since)
    makeRoomForConnection()
    guard let problem = connection.postponedRefusal else { return }
    let input = bufferevent_get_input(connection.buffers)
    evbuffer_drain(input, evbuffer_get_length(input))
    connection.postponedRefusal = nil
    let bound = LoopBound(value: connection)
    loop.post {
      // The connection may have been closed after its response.
      guard self.connections[bound.value.buffers] === bound.value else { return }
      self.refuse(bound.value, problem)
    }
  }

  // MARK: Streams

  private struct StreamWriter: ResponseWriter {
    let transport: HTTPTransport
    let exchange: LoopBound<HTTPExchange>

    func write(_ bytes: [UInt8]) async throws {
      try Task.checkCancellation()
      try await withCheckedThrowingContinuation { continuation in
        transport.loop.post { transport.sendPiece(bytes, exchange.value, continuation) }
      }
    }
  }

  private func sendPiece(
    _ bytes: [UInt8], _ exchange: HTTPExchange, _ continuation: CheckedContinuation<Void, any Error>
  ) {
    guard !exchange.isAbandoned, let connection = connections[exchange.buffers] else {
      return continuation.resume(throwing: ClientGone())
    }
    // After this error the client can reconnect from its position.
    let charge = budget.charge(for: bytes.count)
    guard charge == 0 || makeRoom(for: charge) else {
      return continuation.resume(throwing: ProblemDetails.noRoom)
    }
    connection.enter(.answering, at: now())
    connection.pieceTaken = continuation
    exchange.sendPiece(bytes) { _, context in
      guard let context else { return }
      let connection = Unmanaged<HTTPConnection>.fromOpaque(context).takeUnretainedValue()
      guard let continuation = connection.pieceTaken else { return }
      connection.pieceTaken = nil
      connection.enter(.handling, at: connection.transport.now())
      connection.transport.recount(connection, at: connection.since)
      continuation.resume()
    } with: {
      Unmanaged.passUnretained(connection).toOpaque()
    }
    recount(connection, at: connection.since)
  }
}
