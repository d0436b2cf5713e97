/// What a client may send, and how long it may take over it.
package struct HTTPLimits: Sendable, Hashable {
  /// Bytes of a request's head. 16 KiB.
  package var headBytes = 16 * 1_024
  /// Header fields of a request. 100.
  package var headerCount = 100
  /// Bytes of a request's body. 1 MiB.
  package var bodyBytes = 1_024 * 1_024
  /// Connections at once. Past it the one that has waited longest without a whole request is cut. 1,024.
  package var connections = 1_024
  /// Until a head has come, from its first byte. 10 s.
  package var headTime = Duration.seconds(10)
  /// Until a body has come, from the end of its head. 30 s.
  package var bodyTime = Duration.seconds(30)
  /// Until an answer, or a piece of a stream, has been taken. 30 s.
  package var answerTime = Duration.seconds(30)
  /// Between two requests of a connection. 75 s.
  package var idleTime = Duration.seconds(75)

  package init() {}
}
