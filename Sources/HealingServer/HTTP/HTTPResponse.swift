/// An HTTP response as a value: its bytes, or a function that writes a stream while the client is connected.
package struct HTTPResponse: Sendable {
  package enum Body: Sendable {
    case bytes([UInt8])
    /// Runs until it returns, throws, or its task is cancelled because the client disconnected or the server
    /// stops.
    case stream(@Sendable (any ResponseWriter) async throws -> Void)
  }

  package var status: Int
  package var headers: HTTPHeaders
  package var body: Body

  package init(status: Int = 200, contentType: String, body: Body) {
    self.status = status
    self.headers = HTTPHeaders([("Content-Type", contentType), ("Cache-Control", "no-store")])
    self.body = body
  }
}

/// Writes the pieces of a streamed response.
package protocol ResponseWriter: Sendable {
  /// Returns when the piece has been handed to the system, so that a slow client slows the writer.
  /// - Throws: `ClientGone` when the client has disconnected, `CancellationError`, or `ProblemDetails` when the
  ///   transfer budget is used up.
  func write(_ bytes: [UInt8]) async throws
}

enum StatusLine {
  /// Returns the reason phrase of a status.
  static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 411: "Length Required"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Status \(status)"
    }
  }
}
