/// One operation of the API.
struct Route: Sendable {
  /// What a handler is given.
  struct Call: Sendable {
    let request: HTTPRequest
    /// The parts of the path in braces, decoded.
    let parameters: [String: String]
  }
  enum Handler: Sendable {
    /// Always the same answer, given on the thread of the event loop: behind nothing else. Its path has no parameters.
    case atOnce(HTTPResponse)
    case task(@Sendable (Call) async throws -> HTTPResponse)
    /// Reads many rows: only so many at once, the others wait.
    case largeRead(@Sendable (Call) async throws -> HTTPResponse)
  }

  let method: HTTPMethod
  /// Such as `/api/v1/healing/component/{component}/stats`.
  let path: String
  /// The operation's id in the API description, and its label in metrics.
  let name: String
  /// Whether its handler reads the query.
  var takesQuery = false
  /// Whether it is answered without a token.
  var isOpen = false
  let handler: Handler

  /// Whether a query is a mistake: what asks for it expects something of it. Tools add one of their own to probes.
  var refusesQuery: Bool { !takesQuery && path.hasPrefix("/api/") }
  var hasParameters: Bool { path.contains("{") }

  private let segments: [Substring]

  init(
    _ method: HTTPMethod, _ path: String, _ name: String, isOpen: Bool = false, takesQuery: Bool = false,
    _ handler: Handler
  ) {
    self.method = method
    self.path = path
    self.name = name
    self.isOpen = isOpen
    self.takesQuery = takesQuery
    self.handler = handler
    segments = path.split(separator: "/", omittingEmptySubsequences: false)
  }

  init(
    _ method: HTTPMethod, _ path: String, _ name: String,
    handle: @escaping @Sendable (Call) async throws -> HTTPResponse
  ) {
    self.init(method, path, name, .task(handle))
  }

  /// The parameters of a path that fits, still escaped.
  func match(_ path: [Substring]) -> [(name: String, value: Substring)]? {
    guard path.count == segments.count else { return nil }
    var parameters: [(String, Substring)] = []
    for (segment, part) in zip(segments, path) {
      if segment.first == "{" {
        parameters.append((String(segment.dropFirst().dropLast()), part))
      } else if segment != part {
        return nil
      }
    }
    return parameters
  }
}
