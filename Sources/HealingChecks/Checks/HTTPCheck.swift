public import Foundation
public import Healing

/// Asks a URL and looks at the answer.
public struct HTTPCheck: Sendable {
  private let url: URL
  private let statuses: ClosedRange<Int>
  private let text: String?
  private let redirects: Redirects
  /// Bytes of the body that are looked at.
  private static let bodyLimit = 65_536

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - statuses: that find it healthy. Default 200...299.
  ///   - text: that the first 64 KiB of the body must contain, as UTF-8; `nil`: any body.
  ///   - redirects: that are followed, at most 10 in a row. Default those to the same host, so that what is asked
  ///     decides for itself alone.
  public init(
    url: URL, statuses: ClosedRange<Int> = 200...299, containing text: String? = nil,
    redirects: Redirects = .sameHost
  ) {
    self.url = url
    self.statuses = statuses
    self.text = text
    self.redirects = redirects
  }

  /// Looks once. The limit of time is the caller's.
  /// - Throws: `CancellationError`.
  public func look() async throws -> HealthCheck.Finding {
    let answer: OutgoingRequest.Answer
    do {
      answer = try await OutgoingRequest(
        url: url.absoluteString, redirects: redirects, answerLimit: text == nil ? 0 : Self.bodyLimit
      ).send()
    } catch let error as OutgoingRequest.Failure {
      return .critical("cannot be reached: \(error)")
    }
    guard statuses.contains(answer.status) else {
      let hint = answer.isRedirection ? ", a redirection that is not followed" : ""
      return .critical("answered with status \(answer.status)\(hint)")
    }
    if let text, !String(decoding: answer.body, as: UTF8.self).contains(text) {
      return .critical("answered without the text that is expected")
    }
    return .healthy("answered with status \(answer.status)")
  }
}
