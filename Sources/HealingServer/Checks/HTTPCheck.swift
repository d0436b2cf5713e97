public import Foundation
import FoundationNetworking
public import Healing

/// Asks a URL and looks at the answer.
public struct HTTPCheck: Sendable {
  private let url: URL
  private let statuses: ClosedRange<Int>
  private let text: String?

  /// - Parameters:
  ///   - url: `http` or `https`.
  ///   - statuses: that find it healthy. Default 200...299.
  ///   - text: that the body must contain, as UTF-8; `nil`: any body.
  public init(url: URL, statuses: ClosedRange<Int> = 200...299, containing text: String? = nil) {
    self.url = url
    self.statuses = statuses
    self.text = text
  }

  /// Looks once. The limit of time is the caller's.
  public func look() async throws -> HealthCheck.Finding {
    var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData)
    request.setValue("close", forHTTPHeaderField: "Connection")
    let (body, response): (Data, URLResponse)
    do {
      (body, response) = try await URLSession.shared.data(for: request)
    } catch let error as URLError {
      return .critical("cannot be reached: \(error.localizedDescription)")
    }
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    guard statuses.contains(status) else { return .critical("answered with status \(status)") }
    if let text, !String(decoding: body, as: UTF8.self).contains(text) {
      return .critical("answered without the text that is expected")
    }
    return .healthy("answered with status \(status)")
  }
}
