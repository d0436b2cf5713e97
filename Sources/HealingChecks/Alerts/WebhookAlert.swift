public import Foundation
public import Healing

/// Posts an alert as JSON. Retries and the circuit breaker are the engine's, through which monitors deliver.
public struct WebhookAlert: Sendable {
  private let url: URL
  private let token: AccessToken?
  private let timeout: Duration
  private let time: any TimeSource

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - token: sent as `Authorization: Bearer`; `nil`: none.
  ///   - timeout: of one try. Default 10 s.
  ///   - time: what the limit is measured by.
  public init(
    url: URL, token: AccessToken? = nil, timeout: Duration = .seconds(10),
    time: any TimeSource = SystemTimeSource()
  ) {
    self.url = url
    self.token = token
    self.timeout = timeout
    self.time = time
  }

  /// Delivers once. A redirection is a refusal: what was posted would not get where it leads.
  /// - Throws: ``WebhookRefused`` for a status other than 2xx, ``WebhookTimeout``, `CancellationError`, or that there was no
  ///   answer.
  public func deliver(_ alert: AlertRecord) async throws {
    var request = OutgoingRequest(url: url.absoluteString, headers: ["Content-Type: application/json"])
    request.body = try JSONText.encode(AlertBody(alert))
    if let token { request.headers.append("Authorization: Bearer \(token.secret)") }
    switch await Patience.wait(for: timeout, time: time, { [request] in try await request.send().status }) {
    case .value(let status) where (200...299).contains(status): return
    case .value(let status): throw WebhookRefused(status: status)
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut: throw WebhookTimeout(limit: timeout)
    }
  }
}

/// The other side of a webhook did not answer in time.
public struct WebhookTimeout: SelfClassifyingError, CustomStringConvertible {
  /// The limit.
  public let limit: Duration
  /// Timeout.
  public var errorCategory: ErrorCategory? { .timeout }
  /// One line.
  public var description: String { "the webhook did not answer within \(limit)" }
}

/// The other side of a webhook answered with a status other than 2xx.
public struct WebhookRefused: SelfClassifyingError, CustomStringConvertible {
  /// The status.
  public let status: Int
  /// Decides on category and retrying.
  public var httpStatus: Int? { status }
  /// One line.
  public var description: String { "the webhook answered with status \(status)" }
}
