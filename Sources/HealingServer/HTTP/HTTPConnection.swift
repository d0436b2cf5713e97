import CHealingEvent

/// A connection, for use on the loop's thread. Retains the library's buffers, so that they exist while the
/// connection is in the transport's table.
final class HTTPConnection {
  enum Phase {
    /// Waiting for a request, or for the rest of one.
    case reading
    /// A handler is running.
    case handling
    /// The client is receiving a response, or a piece of a stream.
    case answering
    /// Rejected; further input is discarded until the connection is closed.
    case refused
  }

  let buffers: OpaquePointer
  unowned let transport: HTTPTransport
  private var requestGuard: RequestGuard
  private(set) var phase = Phase.reading
  private(set) var position = RequestGuard.Position.inHead
  /// Time of the last change of phase or position, in nanoseconds of the monotonic clock.
  private(set) var since: Int64
  /// A rejection found while an earlier request of the connection was being answered.
  var postponedRefusal: ProblemDetails?
  /// The handler of the current request.
  var handler: Task<Void, Never>?
  /// Whether the current response is a stream.
  var isStream = false
  /// The library's connection, kept so that it can be freed after a rejection.
  var refusedLibrary: OpaquePointer?
  /// Bytes that the connection adds to the transport's budget.
  var charge = 0
  /// Time when bytes last arrived or were sent, in nanoseconds of the monotonic clock.
  private(set) var movedAt: Int64
  /// Whether the connection was shut down; the library has yet to close it.
  private(set) var isCut = false
  private var untaken = 0
  private var readLimit = 0
  /// The writer that waits for a piece of a stream to be sent.
  var pieceTaken: CheckedContinuation<Void, any Error>?

  /// - Parameter buffers: a new socket bufferevent. This retains it, and `release` releases it.
  init(buffers: OpaquePointer, transport: HTTPTransport, guard requestGuard: RequestGuard, at now: Int64) {
    self.buffers = buffers
    self.transport = transport
    self.requestGuard = requestGuard
    since = now
    movedAt = now
    bufferevent_incref(buffers)
    limitReading()
    evbuffer_add_cb(bufferevent_get_input(buffers), Self.received, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Releases the buffers. The connection must not be used afterwards.
  func release() {
    evbuffer_remove_cb(
      bufferevent_get_input(buffers), Self.received, Unmanaged.passUnretained(self).toOpaque())
    bufferevent_decref(buffers)
    handler?.cancel()
    pieceTaken?.resume(throwing: ClientGone())
    pieceTaken = nil
  }

  /// The library's connection; `nil` when the library has freed it, or the connection was rejected.
  var library: OpaquePointer? {
    var argument: UnsafeMutableRawPointer?
    bufferevent_getcb(buffers, nil, nil, nil, &argument)
    return phase == .refused ? nil : argument.map { OpaquePointer($0) }
  }

  func enter(_ next: Phase, at now: Int64) {
    phase = next
    position = requestGuard.position
    since = now
    movedAt = now
    untaken = 0
    limitReading()
  }

  /// Whether its requests have been answered, and no byte of another has arrived.
  var isIdle: Bool {
    phase == .reading && position == .betweenRequests
      && evbuffer_get_length(bufferevent_get_input(buffers)) == 0
  }

  /// Returns the buffered bytes: received ones, and ones not sent yet.
  func measure(at now: Int64) -> (received: Int, untaken: Int) {
    guard !isCut else { return (0, 0) }
    let left = evbuffer_get_length(bufferevent_get_output(buffers))
    if left < untaken { movedAt = now }
    untaken = left
    return (evbuffer_get_length(bufferevent_get_input(buffers)), left)
  }

  /// Limits the input that is buffered beyond the expected body.
  private func limitReading() {
    let limit = (phase == .reading ? requestGuard.bodyLength : 0) + 2 * transport.limits.headBytes
    guard limit != readLimit else { return }
    readLimit = limit
    bufferevent_setwatermark(buffers, Int16(EV_READ), 0, limit)
  }

  /// Shuts down both directions. The library detects the end and frees the connection.
  func cut() {
    isCut = true
    let descriptor = bufferevent_getfd(buffers)
    if phase == .answering {
      // Resets the connection, so that the system does not keep unsent bytes either.
      var reset = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Called by libevent for every piece of input, before the HTTP library reads it.
  private static let received:
    @convention(c) (OpaquePointer?, UnsafePointer<evbuffer_cb_info>?, UnsafeMutableRawPointer?) -> Void = {
      buffer, change, context in
      guard let buffer, let context, let added = change?.pointee.n_added, added > 0 else { return }
      let connection = Unmanaged<HTTPConnection>.fromOpaque(context).takeUnretainedValue()
      if let problem = connection.judge(buffer, added: added) {
        connection.transport.refuse(connection, problem)
      } else {
        connection.transport.received(connection)
      }
    }

  private func judge(_ buffer: OpaquePointer, added: Int) -> ProblemDetails? {
    var start = evbuffer_ptr()
    guard evbuffer_ptr_set(buffer, &start, evbuffer_get_length(buffer) - added, EVBUFFER_PTR_SET) == 0 else {
      return ProblemDetails(500, "the request could not be read")
    }
    let count = Int(evbuffer_peek(buffer, added, &start, nil, 0))
    let problem = withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) {
      pieces -> ProblemDetails? in
      evbuffer_peek(buffer, added, &start, pieces.baseAddress, Int32(count))
      for piece in pieces {
        let bytes = UnsafeRawBufferPointer(start: piece.iov_base, count: piece.iov_len)
        if let problem = requestGuard.receive(bytes) { return problem }
      }
      return nil
    }
    let now = transport.now()
    movedAt = now
    if phase == .reading && requestGuard.position != position { enter(.reading, at: now) }
    return problem
  }
}

/// The client closed the connection or exceeded a time limit.
struct ClientGone: Error {}
