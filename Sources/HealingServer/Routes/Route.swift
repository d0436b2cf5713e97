import Healing

/// An operation of the API.
struct Route: Sendable {
  /// The arguments of a handler.
  struct Call: Sendable {
    let request: HTTPRequest
    /// The path parameters, decoded.
    let parameters: [String: String]

    /// Returns the component's name in the path.
    /// - Throws: 422 when it is not valid.
    func component() throws(ProblemDetails) -> ComponentName {
      let text = parameters["component"] ?? ""
      guard let name = try? ComponentName(validating: text) else {
        throw ProblemDetails(
          422, "the component's name is not valid",
          fields: [.init(field: "component", message: FieldReader.componentRule)])
      }
      return name
    }
  }
  enum Handler: Sendable {
    /// A constant response, sent on the event loop's thread without queuing. Its path has no parameters.
    case atOnce(HTTPResponse)
    case task(@Sendable (Call) async throws -> HTTPResponse)
    /// Reads many rows; a limited number runs concurrently, the others are queued.
    case largeRead(@Sendable (Call) async throws -> HTTPResponse)
    /// Reads the state of every component. Limited like a large read, but never waits behind one.
    case stateRead(@Sendable (Call) async throws -> HTTPResponse)
    /// Returns a stream, which only a socket can carry. The response to `HEAD` is complete.
    case stream(@Sendable (Call) async throws -> HTTPResponse)
  }

  let method: HTTPMethod
  /// Such as `/api/v1/healing/component/{component}/stats`.
  let path: String
  /// The operation id of the API description, also the label in metrics.
  let name: String
  /// Whether the handler reads the query.
  var takesQuery = false
  /// Whether the operation needs no token.
  var isOpen = false
  let handler: Handler

  /// Whether a query is an error: the client expects it to have an effect. Other paths allow one, because tools
  /// add queries to probes.
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

  /// Returns the parameters of a path that matches, still escaped; `nil` when it does not match.
  func match(_ path: [Substring]) -> [(name: String, value: Substring)]? {
    guard path.count == segments.count else { return nil }
    var parameters: [(String, Substring)] = []
    for (segment, part) in zip(segments, path) {
      if segment.first == "{", let end = segment.lastIndex(of: "}") {
        // Such as `{id}.md`.
        let suffix = segment[end...].dropFirst()
        guard part.hasSuffix(suffix), part.utf8.count > suffix.utf8.count else { return nil }
        parameters.append((String(segment[..<end].dropFirst()), part.dropLast(suffix.count)))
      } else if segment != part {
        return nil
      }
    }
    return parameters
  }
}
