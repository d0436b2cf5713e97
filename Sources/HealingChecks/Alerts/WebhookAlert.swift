public import Foundation
public import Healing

/// Posts an alert as JSON. Monitors deliver through the engine, which retries and has the circuit breaker.
public struct WebhookAlert: Sendable {
  private let url: URL
  private let token: AccessToken?
  private let timeout: Duration
  private let time: any TimeSource

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - token: sent as `Authorization: Bearer`; `nil`: no token is sent.
  ///   - timeout: time limit of one attempt. Default 10 s.
  ///   - time: clock that measures the timeout.
  public init(
    url: URL, token: AccessToken? = nil, timeout: Duration = .seconds(10),
    time: any TimeSource = SystemTimeSource()
  ) {
    self.url = url
    self.token = token
    self.timeout = timeout
    self.time = time
  }

  /// Delivers the alert once. A redirect is a failure: the redirected request would not carry the posted body.
  /// - Throws: ``WebhookRefusedError`` for a status other than 2xx, ``WebhookTimeoutError``, `CancellationError`, or the
  ///   network error when there was no response.
  public func deliver(_ alert: AlertRecord) async throws {
    var request = OutgoingRequest(url: url.absoluteString, headers: ["Content-Type: application/json"])
    request.body = try JSONText.encode(alert)
    if let token { request.headers.append("Authorization: Bearer \(token.secret)") }
    switch await withTimeout(for: timeout, time: time, { [request] in try await request.send().status }) {
    case .value(let status) where (200...299).contains(status): return
    case .value(let status): throw WebhookRefusedError(status: status)
    case .failed(let error): throw error
    case .cancelled: throw CancellationError()
    case .timedOut: throw WebhookTimeoutError(limit: timeout)
    }
  }
}

/// The webhook's server did not respond in time.
public struct WebhookTimeoutError: SelfClassifyingError, CustomStringConvertible {
  /// The limit.
  public let limit: Duration
  /// Timeout.
  public var errorCategory: ErrorCategory? { .timeout }
  /// One line.
  public var description: String { "the webhook did not answer within \(limit)" }
}

/// The webhook's server responded with a status other than 2xx.
public struct WebhookRefusedError: SelfClassifyingError, CustomStringConvertible {
  /// HTTP status of the response.
  public let status: Int
  /// HTTP status that determines the category and whether to retry.
  public var httpStatus: Int? { status }
  /// One line.
  public var description: String { "the webhook answered with status \(status)" }
}

extension WebhookRefusedError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}

extension WebhookTimeoutError: LocalizedError {
  /// The same as ``description``.
  public var errorDescription: String? { description }
}
