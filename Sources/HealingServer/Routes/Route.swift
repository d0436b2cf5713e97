/// One operation of the API.
struct Route: Sendable {
  /// What a handler is given.
  struct Call: Sendable {
    let request: HTTPRequest
    /// The parts of the path in braces, decoded.
    let parameters: [String: String]
  }
  typealias Handler = @Sendable (Call) async throws -> HTTPResponse

  let method: HTTPMethod
  /// Such as `/api/v1/healing/component/{component}/stats`.
  let path: String
  /// The operation's id in the API description, and its label in metrics.
  let name: String
  /// Whether it is answered without a token.
  var isOpen = false
  let handle: Handler

  private let segments: [Substring]

  init(
    _ method: HTTPMethod, _ path: String, _ name: String, isOpen: Bool = false, handle: @escaping Handler
  ) {
    self.method = method
    self.path = path
    self.name = name
    self.isOpen = isOpen
    self.handle = handle
    segments = path.split(separator: "/", omittingEmptySubsequences: false)
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
