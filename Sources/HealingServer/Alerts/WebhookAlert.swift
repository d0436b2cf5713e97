public import Foundation
import FoundationNetworking
public import Healing

/// Posts an alert as JSON. Retries and the circuit breaker are the engine's, through which monitors deliver.
public struct WebhookAlert: Sendable {
  private let url: URL
  private let token: AccessToken?
  private let timeout: Duration

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - token: sent as `Authorization: Bearer`; `nil`: none.
  ///   - timeout: of one try. Default 10 s.
  public init(url: URL, token: AccessToken? = nil, timeout: Duration = .seconds(10)) {
    self.url = url
    self.token = token
    self.timeout = timeout
  }

  /// Delivers once.
  /// - Throws: what the connection threw, or ``WebhookRefused`` for a status other than 2xx.
  public func deliver(_ alert: AlertRecord) async throws {
    var request = URLRequest(
      url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: timeout.milliseconds / 1_000)
    request.httpMethod = "POST"
    request.httpBody = Data(try JSONText.encode(AlertBody(alert)))
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    if let token { request.setValue("Bearer \(token.secret)", forHTTPHeaderField: "Authorization") }
    let (_, response) = try await URLSession.shared.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard (200...299).contains(status) else { throw WebhookRefused(status: status) }
  }
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
