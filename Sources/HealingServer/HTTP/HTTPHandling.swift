/// What a request comes to: an answer at once, or work that has one in the end.
package enum HTTPHandling: Sendable {
  case answer(HTTPResponse)
  case work(@Sendable () async -> HTTPResponse)
}
