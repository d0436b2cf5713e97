import Healing
import Synchronization

/// The route that streams events.
struct EventRoutes {
  let service: ServerContext

  private static let contentType = "text/event-stream"

  var routes: [Route] { [Route(.get, "/api/v1/healing/events", "followEvents", .stream(follow))] }

  private func follow(_ call: Route.Call) async throws -> HTTPResponse {
    let stream = EventStream(service: service, position: try await start(call.request))
    guard call.request.method != .head else {
      return HTTPResponse(contentType: Self.contentType, body: .bytes([]))
    }
    let streams = service.streams
    guard streams.tryAcquire() else {
      throw ProblemDetails(
        503,
        "all \(streams.limit) event streams are in use; the limit is 64, or half of the connections that the limit of open "
          + "files (RLIMIT_NOFILE) allows",
        headers: [("Retry-After", "10")])
    }
    return HTTPResponse(
      contentType: Self.contentType,
      body: .stream { writer in
        defer { streams.release() }
        try await stream.run(writer)
      })
  }

  /// Returns the position to start from: that of the last event the client received, else the end of the feed.
  private func start(_ request: HTTPRequest) async throws -> Int64 {
    guard let text = request.headers["last-event-id"], !text.isEmpty else {
      return try await service.ledger.feed.lastPosition()
    }
    if text == "0" { return 0 }
    let seen = EventID(text)
    // The stream begins with `reset` when retention has deleted later events.
    if let seen, try await seen.position <= service.ledger.feed.lastDeletedPosition() { return seen.position }
    // An id of another ledger would select an arbitrary position.
    guard let seen,
      let found = try await service.ledger.feed.events(after: seen.position - 1, limit: 1).first,
      found.position == seen.position, found.event.id == seen.row
    else {
      throw ProblemDetails(
        422, "this ledger has no event with this Last-Event-ID",
        fields: [.init(field: "Last-Event-ID", message: "must be an id from /events, or 0 for all events")])
    }
    return seen.position
  }
}

/// Counts the open event streams and limits their number.
final class StreamLimiter: Sendable {
  private let state: Lock<(limit: Int, count: Int)>

  init(limit: Int) { state = Lock((limit, 0)) }

  /// Maximum number of open streams.
  var limit: Int {
    get { state.withLock { $0.limit } }
    set { state.withLock { $0.limit = newValue } }
  }

  /// Counts a new stream.
  /// - Returns: false when the limit is reached.
  func tryAcquire() -> Bool {
    state.withLock { state in
      guard state.count < state.limit else { return false }
      state.count += 1
      return true
    }
  }

  func release() { state.withLock { $0.count -= 1 } }
}
