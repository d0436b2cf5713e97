import Healing

/// Finds the operation of a request, checks that it may be asked for, and turns whatever goes wrong into a problem.
/// Values in, values out; knows no sockets.
package struct Router: Sendable {
  package let routes: [(method: HTTPMethod, path: String, name: String)]
  /// Those of paths without parameters, by path.
  private let literal: [String: [Route]]
  private let patterns: [Route]
  private let service: Service
  private let largeReads: ConcurrencyLimiter

  init(routes: [Route], service: Service, limits: HTTPLimits) {
    self.routes = routes.map { ($0.method, $0.path, $0.name) }
    literal = Dictionary(grouping: routes.filter { !$0.hasParameters }, by: \.path)
    patterns = routes.filter(\.hasParameters)
    self.service = service
    largeReads = ConcurrencyLimiter(limit: limits.largeReads, waiting: limits.waitingReads)
  }

  /// Applies the limits that the process has descriptors for.
  func change(_ limits: HTTPLimits) {
    service.streams.limit = limits.streams
    largeReads.change(waiting: limits.waitingReads)
  }

  package func respond(to request: HTTPRequest) async -> HTTPResponse {
    switch handle(request) {
    case .answer(let response): response
    case .work(let work): await work { _ in true }
    }
  }

  /// Called on the thread of the event loop, so it answers nothing by itself but what is ready.
  package func handle(_ request: HTTPRequest) -> HTTPHandling {
    let begun = service.time.monotonicNanoseconds()
    guard let route = literal[String(request.path)]?.first, case .atOnce(let response) = route.handler else {
      return .work { await answer(request, since: begun, $0) }
    }
    do throws(Problem) {
      _ = try find(request)
      return .answer(counted(response, route.name, since: begun))
    } catch {
      return .answer(counted(error.response, "none", since: begun))
    }
  }

  /// Bytes of memory that a large answer takes while it is made, rows and text together.
  private static let largeAnswer = 16 * 1_024 * 1_024

  private func answer(
    _ request: HTTPRequest, since begun: Int64, _ reserve: @escaping HTTPHandling.Reservation
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
        case .largeRead(let handle):
          try await largeReads.run {
            guard await reserve(Self.largeAnswer) else { throw Problem.noRoom }
            return try await handle(call)
          }
        }
      return counted(response, operation, since: begun)
    } catch {
      return counted(problem(error).response, operation, since: begun)
    }
  }

  private func counted(_ response: HTTPResponse, _ operation: String, since begun: Int64) -> HTTPResponse {
    service.metrics.count(
      operation, status: response.status,
      duration: .nanoseconds(service.time.monotonicNanoseconds() - begun))
    return response
  }

  private func find(_ request: HTTPRequest) throws(Problem) -> Match {
    let fitting = try permitted(request)
    let method = request.method == .head ? .get : request.method
    guard let match = fitting.first(where: { $0.route.method == method }) else {
      throw Self.wrongMethod(among: fitting.map(\.route))
    }
    return match
  }

  /// The operations at the path of a request, if its sender may know them.
  private func permitted(_ request: HTTPRequest) throws(Problem) -> [Match] {
    try service.access.checkHost(request)
    let fitting = fitting(request)
    // Who may not know the API learns nothing of its paths either.
    if !fitting.contains(where: \.route.isOpen) { try service.access.checkToken(request) }
    return fitting
  }

  private static func decode(_ parameters: [(name: String, value: Substring)]) throws(Problem)
    -> [String: String]
  {
    var decoded: [String: String] = [:]
    for parameter in parameters {
      guard let value = PercentCoding.decode(parameter.value) else {
        throw Problem(400, "the path is not UTF-8")
      }
      decoded[parameter.name] = value
    }
    return decoded
  }

  /// The answer to a method that no operation has.
  package func refusal(ofMethodFor target: String, headers: HTTPHeaders) -> Problem {
    do throws(Problem) {
      return Self.wrongMethod(among: try permitted(HTTPRequest(.get, target, headers: headers)).map(\.route))
    } catch {
      return error
    }
  }

  private typealias Match = (route: Route, parameters: [(name: String, value: Substring)])

  /// Those without parameters first. A path may have both: a component can be called as an operation is.
  private func fitting(_ request: HTTPRequest) -> [Match] {
    let routes = literal[String(request.path)] ?? []
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    return routes.map { ($0, []) } + patterns.compactMap { route in route.match(path).map { (route, $0) } }
  }

  /// Where a path has an operation of its own, those are named that the API description has for it.
  private static func wrongMethod(among routes: [Route]) -> Problem {
    guard !routes.isEmpty else { return Problem(404, "there is nothing at this path") }
    let own = routes.filter { !$0.hasParameters }
    let allowed = (own.isEmpty ? routes : own).map(\.method)
    let words = (allowed.contains(.get) ? [.head] + allowed : allowed).map(\.rawValue).sorted()
    return Problem(
      405, "only \(words.joined(separator: ", ")) can be used here",
      headers: [("Allow", words.joined(separator: ", "))])
  }

  private func problem(_ error: any Error) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as LedgerError: return Problem(error)
    case is ConcurrencyLimiter.QueueFull:
      return Problem(503, "too many large answers are being waited for", headers: [("Retry-After", "1")])
    case is CancellationError: return Problem(503, "the server is ending", headers: [("Retry-After", "5")])
    default:
      service.log(.error, "a request failed", ["error": "\(error)"])
      return Problem(500, "the server failed; its log says more")
    }
  }
}

extension Problem {
  /// The ledger cannot answer. Its path stays out of the answer.
  init(_ error: LedgerError) {
    self.init(
      503, "the ledger cannot answer now: \(error.problem)",
      fields: [.init(field: "ledger", message: "\(error.code)")],
      headers: [("Retry-After", error.code == .busy ? "1" : "30")])
  }
}
