import Healing

/// What is asked of another server.
struct OutgoingRequest: Sendable {
  let url: String
  /// Each a name, a colon and a value.
  var headers: [String] = []
  /// Posted; `nil`: the request is a GET.
  var body: [UInt8]?
  /// Whether a redirection is followed; otherwise it is the answer.
  var redirects = Redirects.none
  /// How many bytes of the answer's body are kept. The connection is given up when more come.
  var answerLimit = 0

  struct Answer: Sendable {
    let status: Int
    /// Whether it leads elsewhere.
    let isRedirection: Bool
    /// The beginning of the body.
    let body: [UInt8]
  }

  /// There was no answer.
  struct Failure: SelfClassifyingError, CustomStringConvertible {
    /// libcurl's own words.
    let description: String
    /// Whether the other side may answer the same another time. Left open for certificates and the like.
    let isTransient: Bool?

    var errorCategory: ErrorCategory? { .network }
  }

  /// Sends it once, on a thread of its own. How long that may take is the caller's to say, who cancels the task.
  ///
  /// Foundation's `URLSession` would do, were it not that on Linux it keeps all of an answer, however long, passes over a
  /// request's limit of time, and blocks whoever cancels while data comes in.
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
