import CHealingEvent

/// A connection as the loop's thread knows it. Holds a reference to the library's buffers, so that they cannot go
/// while it is in the transport's table.
final class HTTPConnection {
  enum Phase {
    /// Waits for a request, or for the rest of one.
    case reading
    /// A handler is at work.
    case handling
    /// The client is to take an answer, or a piece of a stream.
    case answering
    /// Refused; what still comes is thrown away until the client has gone.
    case refused
  }

  let buffers: OpaquePointer
  unowned let transport: HTTPTransport
  private var requestGuard: RequestGuard
  private(set) var phase = Phase.reading
  private(set) var position = RequestGuard.Position.inHead
  /// When phase and position became what they are, in nanoseconds of the monotonic clock.
  private(set) var since: Int64
  /// Found while an earlier request of the connection was being answered.
  var postponedRefusal: Problem?
  /// The handler of the present request.
  var handler: Task<Void, Never>?
  /// Whether the present answer is a stream.
  var isStream = false
  /// The library's connection, kept for freeing once refused.
  var refusedLibrary: OpaquePointer?
  /// What the connection adds to the budget of the transport.
  var charge = 0
  /// When bytes last came, or were taken, in nanoseconds of the monotonic clock.
  private(set) var movedAt: Int64
  /// Whether it was given up; its end is on the way.
  private(set) var isCut = false
  private var untaken = 0
  private var readLimit = 0
  /// Who waits for a piece of a stream to be taken.
  var pieceTaken: CheckedContinuation<Void, any Error>?

  /// - Parameter buffers: a new socket bufferevent; one reference to it is taken here and given back by `release`.
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

  /// Gives the buffers back. The connection is of no use afterwards.
  func release() {
    evbuffer_remove_cb(
      bufferevent_get_input(buffers), Self.received, Unmanaged.passUnretained(self).toOpaque())
    bufferevent_decref(buffers)
    handler?.cancel()
    pieceTaken?.resume(throwing: ClientGone())
    pieceTaken = nil
  }

  /// The library's connection; `nil` when the library has let go of it, or the connection was refused.
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

  /// What it holds now, in bytes that came and bytes that are to be taken.
  func measure(at now: Int64) -> (received: Int, untaken: Int) {
    guard !isCut else { return (0, 0) }
    let left = evbuffer_get_length(bufferevent_get_output(buffers))
    if left < untaken { movedAt = now }
    untaken = left
    return (evbuffer_get_length(bufferevent_get_input(buffers)), left)
  }

  /// What a client sends beyond the body that is asked for must not pile up.
  private func limitReading() {
    let limit = (phase == .reading ? requestGuard.bodyLength : 0) + 2 * transport.limits.headBytes
    guard limit != readLimit else { return }
    readLimit = limit
    bufferevent_setwatermark(buffers, Int16(EV_READ), 0, limit)
  }

  /// Ends both directions; the library sees the end and cleans up.
  func cut() {
    isCut = true
    let descriptor = bufferevent_getfd(buffers)
    if phase == .answering {
      // What the client does not take must not stay with the system either: reset instead of a slow goodbye.
      var reset = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Called by libevent with every piece that comes, before the HTTP library is.
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

  private func judge(_ buffer: OpaquePointer, added: Int) -> Problem? {
    var start = evbuffer_ptr()
    guard evbuffer_ptr_set(buffer, &start, evbuffer_get_length(buffer) - added, EVBUFFER_PTR_SET) == 0 else {
      return Problem(500, "the request could not be read")
    }
    let count = Int(evbuffer_peek(buffer, added, &start, nil, 0))
    let problem = withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { pieces -> Problem? in
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

/// The client closed the connection, or took too long.
struct ClientGone: Error {}
