/// What a request comes to: an answer at once, or work that has one in the end.
package enum HTTPHandling: Sendable {
  case answer(HTTPResponse)
  /// - Parameter reserve: for work that makes a large answer, see ``Reservation``.
  case work(@Sendable (_ reserve: @escaping Reservation) async -> HTTPResponse)

  /// Reserves bytes of the budget of bytes under way, until the request is answered.
  /// - Returns: false when there are too few.
  package typealias Reservation = @Sendable (_ bytes: Int) async -> Bool
}
