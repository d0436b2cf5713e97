import Healing

/// Finds the operation of a request, checks access, and converts errors to problem responses. Uses values only,
/// no sockets.
package struct Router: Sendable {
  package let routes: [(method: HTTPMethod, path: String, name: String)]
  /// Routes without path parameters, by path.
  private let literal: [String: [Route]]
  private let patterns: [Route]
  private let service: ServerContext
  private let reads: ConcurrencyLimiter

  init(routes: [Route], service: ServerContext, limits: HTTPLimits) {
    self.routes = routes.map { ($0.method, $0.path, $0.name) }
    literal = Dictionary(grouping: routes.filter { !$0.hasParameters }, by: \.path)
    patterns = routes.filter(\.hasParameters)
    self.service = service
    // One slot is for reads of state.
    reads = ConcurrencyLimiter(limit: limits.largeReads + 1, reserved: 1, waiting: limits.waitingReads)
  }

  /// Applies limits that fit the process's file descriptors.
  func change(_ limits: HTTPLimits) {
    service.streams.limit = limits.streams
    reads.change(waiting: limits.waitingReads)
  }

  /// Responds to a request without a connection.
  /// - Parameter canStream: whether the caller sends a streamed body. If not, the response to a request for a
  ///   stream is 501.
  package func respond(to request: HTTPRequest, canStream: Bool = true) async -> HTTPResponse {
    switch handle(request, canStream: canStream) {
    case .answer(let response): response
    case .work(let work): await work { _ in true }
    }
  }

  /// Handles a request on the event loop's thread: returns only constant responses directly, and work for all
  /// others.
  package func handle(_ request: HTTPRequest, canStream: Bool = true) -> HTTPHandling {
    let startedAt = service.time.monotonicNanoseconds()
    guard let route = literal[String(request.path)]?.first, case .atOnce(let response) = route.handler else {
      return .work { await answer(request, canStream: canStream, since: startedAt, $0) }
    }
    do throws(ProblemDetails) {
      _ = try find(request)
      return .answer(counted(response, route.name, since: startedAt))
    } catch {
      return .answer(counted(error.response, "none", since: startedAt))
    }
  }

  /// Memory for building a large response, rows and text together, in bytes.
  private static let largeAnswer = 16 * 1_024 * 1_024

  private func answer(
    _ request: HTTPRequest, canStream: Bool, since startedAt: Int64,
    _ reserve: @escaping HTTPHandling.Reservation
  ) async -> HTTPResponse {
    var operation = "none"
    do {
      let (route, parameters) = try find(request)
      operation = route.name
      if request.method.mayChange { try service.access.checkMutation(request) }
      if route.refusesQuery { try FieldReader(query: request).check() }
      let call = Route.Call(request: request, parameters: try Self.decode(parameters))
      let response =
        switch route.handler {
        case .atOnce(let response): response
        case .task(let handle): try await handle(call)
        case .stream(let handle):
          if canStream || request.method == .head { try await handle(call) } else { throw Self.noStream }
        case .largeRead(let handle): try await read(call, isUrgent: false, reserve, handle)
        case .stateRead(let handle): try await read(call, isUrgent: true, reserve, handle)
        }
      return counted(response, operation, since: startedAt)
    } catch {
      return counted(problem(error).response, operation, since: startedAt)
    }
  }

  private func read(
    _ call: Route.Call, isUrgent: Bool, _ reserve: @escaping HTTPHandling.Reservation,
    _ handle: @escaping @Sendable (Route.Call) async throws -> HTTPResponse
  ) async throws -> HTTPResponse {
    try await reads.run(isUrgent: isUrgent) {
      guard await reserve(Self.largeAnswer) else { throw ProblemDetails.noRoom }
      return try await handle(call)
    }
  }

  private static let noStream = ProblemDetails(
    501, "this is a stream, which only the server's own socket sends; request it there")

  private func counted(_ response: HTTPResponse, _ operation: String, since startedAt: Int64) -> HTTPResponse
  {
    service.metrics.count(
      operation, status: response.status,
      duration: .nanoseconds(service.time.monotonicNanoseconds() - startedAt))
    return response
  }

  private func find(_ request: HTTPRequest) throws(ProblemDetails) -> Match {
    let fitting = try permitted(request)
    let method = request.method == .head ? .get : request.method
    guard let match = fitting.first(where: { $0.route.method == method }) else {
      throw Self.wrongMethod(among: fitting.map(\.route))
    }
    return match
  }

  /// Returns the operations at the path of a request, after checking that the client may know them.
  private func permitted(_ request: HTTPRequest) throws(ProblemDetails) -> [Match] {
    try service.access.checkHost(request)
    let fitting = fitting(request)
    // Clients without access learn nothing about the paths either.
    if !fitting.contains(where: \.route.isOpen) { try service.access.checkToken(request) }
    return fitting
  }

  private static func decode(_ parameters: [(name: String, value: Substring)]) throws(ProblemDetails)
    -> [String: String]
  {
    var decoded: [String: String] = [:]
    for parameter in parameters {
      guard let value = PercentCoding.decode(parameter.value) else {
        throw ProblemDetails(400, "the path is not UTF-8")
      }
      decoded[parameter.name] = value
    }
    return decoded
  }

  /// Returns the response to a method that no operation has.
  package func refusal(ofMethodFor target: String, headers: HTTPHeaders) -> ProblemDetails {
    do throws(ProblemDetails) {
      return Self.wrongMethod(among: try permitted(HTTPRequest(.get, target, headers: headers)).map(\.route))
    } catch {
      return error
    }
  }

  private typealias Match = (route: Route, parameters: [(name: String, value: Substring)])

  /// Returns the matching routes, those without parameters first. A path may match both kinds: a component can
  /// have the name of an operation.
  private func fitting(_ request: HTTPRequest) -> [Match] {
    let routes = literal[String(request.path)] ?? []
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    return routes.map { ($0, []) } + patterns.compactMap { route in route.match(path).map { (route, $0) } }
  }

  /// For a path with literal routes, lists only their methods, as the API description does.
  private static func wrongMethod(among routes: [Route]) -> ProblemDetails {
    guard !routes.isEmpty else { return ProblemDetails(404, "no route has this path") }
    let own = routes.filter { !$0.hasParameters }
    let allowed = (own.isEmpty ? routes : own).map(\.method)
    let words = (allowed.contains(.get) ? [.head] + allowed : allowed).map(\.rawValue).sorted()
    return ProblemDetails(
      405, "only \(words.joined(separator: ", ")) can be used here",
      headers: [("Allow", words.joined(separator: ", "))])
  }

  private static let shuttingDown = ProblemDetails(
    503, "the server is shutting down", headers: [("Retry-After", "5")])

  private func problem(_ error: any Error) -> ProblemDetails {
    switch error {
    case let problem as ProblemDetails: return problem
    case let error as LedgerError where error.code == .cancelled: return Self.shuttingDown
    case let error as LedgerError: return ProblemDetails(error)
    case is ConcurrencyLimiter.QueueFull:
      return ProblemDetails(
        503, "too many reads of many rows are waiting", headers: [("Retry-After", "1")])
    case is CancellationError: return Self.shuttingDown
    default:
      service.log(.error, "a request failed", ["error": "\(error)"])
      return ProblemDetails(500, "the server failed; its log has the details")
    }
  }
}

extension ProblemDetails {
  /// The ledger failed. The response does not contain its path. For a read past its
  /// deadline it has the remedy, which the client can apply.
  init(_ error: LedgerError) {
    let remedy = error.code == .deadlineExceeded ? "; \(error.remedy)" : ""
    self.init(
      503, "the ledger cannot answer now: \(error.problem)\(remedy)",
      fields: [.init(field: "ledger", message: "\(error.code)")],
      headers: [("Retry-After", error.code == .busy ? "1" : "30")])
  }
}
