/// The methods that are passed on to routing; whatever else comes is refused before.
package enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"

  /// Whether a request with it may change something.
  var mayChange: Bool { self != .get && self != .head }
}
