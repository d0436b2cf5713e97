import Healing

/// Finds the operation of a request, checks that it may be asked for, and turns whatever goes wrong into a problem.
/// Values in, values out; knows no sockets.
package struct Router: Sendable {
  package let routes: [(method: HTTPMethod, path: String, name: String)]
  private let table: [Route]
  private let service: Service

  init(routes: [Route], service: Service) {
    table = routes
    self.routes = routes.map { ($0.method, $0.path, $0.name) }
    self.service = service
  }

  package func respond(to request: HTTPRequest) async -> HTTPResponse {
    let begun = service.time.monotonicNanoseconds()
    let (response, operation) = await answer(request)
    service.metrics.count(
      operation, status: response.status,
      duration: .nanoseconds(service.time.monotonicNanoseconds() - begun))
    return response
  }

  private func answer(_ request: HTTPRequest) async -> (HTTPResponse, operation: String) {
    var operation = "none"
    do {
      let access = service.access
      try access.checkHost(request)
      let fitting = fitting(request)
      // Who may not know the API learns nothing of its paths either.
      if !fitting.contains(where: \.route.isOpen) { try access.checkToken(request) }
      let method = request.method == .head ? .get : request.method
      guard let (route, parameters) = fitting.first(where: { $0.route.method == method }) else {
        throw Self.wrongMethod(among: fitting.map(\.route))
      }
      operation = route.name
      if method != .get { try access.checkMutation(request) }
      var decoded: [String: String] = [:]
      for parameter in parameters {
        guard let value = PercentCoding.decode(parameter.value) else {
          throw Problem(400, "the path is not UTF-8")
        }
        decoded[parameter.name] = value
      }
      return (try await route.handle(Route.Call(request: request, parameters: decoded)), operation)
    } catch {
      return (problem(error).response, operation)
    }
  }

  /// The answer to a method that no operation has.
  package func refusal(ofMethodFor target: String) -> Problem {
    Self.wrongMethod(among: fitting(HTTPRequest(.get, target)).map(\.route))
  }

  private func fitting(_ request: HTTPRequest) -> [(
    route: Route, parameters: [(name: String, value: Substring)]
  )] {
    let path = request.path.split(separator: "/", omittingEmptySubsequences: false)
    return table.compactMap { route in route.match(path).map { (route, $0) } }
  }

  private static func wrongMethod(among routes: [Route]) -> Problem {
    guard !routes.isEmpty else { return Problem(404, "there is nothing at this path") }
    let allowed = routes.map(\.method)
    let words = (allowed.contains(.get) ? [.head] + allowed : allowed).map(\.rawValue).sorted()
    return Problem(
      405, "only \(words.joined(separator: ", ")) can be used here",
      headers: [("Allow", words.joined(separator: ", "))])
  }

  private func problem(_ error: any Error) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as LedgerError: return Problem(error)
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
