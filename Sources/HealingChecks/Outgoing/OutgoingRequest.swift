import Healing

/// A request to another server.
struct OutgoingRequest: Sendable {
  let url: String
  /// Header lines, each `NAME: VALUE`.
  var headers: [String] = []
  /// Body to post; `nil` for a GET request.
  var body: [UInt8]?
  /// Which redirects are followed. Other redirects are returned as the response.
  var redirects = Redirects.none
  /// Maximum number of bytes of the response body that are kept. The connection is closed when more arrive.
  var answerLimit = 0

  struct Answer: Sendable {
    let status: Int
    /// Whether the response is a redirect that was not followed.
    let isRedirection: Bool
    /// The body, up to the limit.
    let body: [UInt8]
  }

  /// The request failed without a response.
  struct Failure: SelfClassifyingError, CustomStringConvertible {
    /// libcurl's error message, redacted.
    let description: String
    /// Whether the same request may succeed later; `nil` when unknown, for example for certificate errors.
    let isTransient: Bool?

    var errorCategory: ErrorCategory? { .network }
  }

  /// Sends the request once, on a dedicated thread. The caller sets the time limit by cancelling the task.
  ///
  /// Foundation's `URLSession` on Linux is unsuitable: it buffers unbounded bodies, ignores the request
  /// timeout, and blocks the cancelling thread while data arrives.
  /// - Throws: ``Failure``, or `CancellationError`.
  func send() async throws -> Answer {
    let transfer = Transfer(self)
    return try await withTaskCancellationHandler {
      try await transfer.run()
    } onCancel: {
      transfer.cancel()
    }
  }
}
