/// The result of handling a request: a response that is ready, or work that produces one.
package enum HTTPHandling: Sendable {
  case answer(HTTPResponse)
  /// - Parameter reserve: for work that produces a large response, see ``Reservation``.
  case work(@Sendable (_ reserve: @escaping Reservation) async -> HTTPResponse)

  /// Reserves bytes of the transfer budget until the request is answered.
  /// - Returns: false when the budget has too few bytes left.
  package typealias Reservation = @Sendable (_ bytes: Int) async -> Bool
}
