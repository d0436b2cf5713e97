/// The methods that are routed. The request guard rejects all others.
package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"

  /// Whether a request with this method may change state.
  var mayChange: Bool { self != .get && self != .head }
}
