public import Foundation
public import Healing

/// Requests a URL and checks the status and the body of the response.
public struct HTTPCheck: Sendable {
  private let url: URL
  private let statuses: ClosedRange<Int>
  private let text: String?
  private let redirects: Redirects
  /// Bytes of the body that are searched for the text.
  private static let bodyLimit = 65_536

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - statuses: statuses of a healthy response. Default 200...299.
  ///   - text: text that the first 64 KiB of the body must contain, as UTF-8; `nil`: any body.
  ///   - redirects: redirects that are followed, at most 10 in a row. Default: those to the same host, so that
  ///     no other host decides the result.
  public init(
    url: URL, statuses: ClosedRange<Int> = 200...299, containing text: String? = nil,
    redirects: Redirects = .sameHost
  ) {
    self.url = url
    self.statuses = statuses
    self.text = text
    self.redirects = redirects
  }

  /// Runs the check once. The caller sets the time limit by cancelling the task.
  /// - Throws: `CancellationError`.
  public func check() async throws -> HealthCheck.Result {
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
      return .critical("answered without the expected text")
    }
    return .healthy("answered with status \(answer.status)")
  }
}
