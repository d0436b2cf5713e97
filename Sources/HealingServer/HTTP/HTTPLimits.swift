/// Limits of what clients may send and hold, and for how long.
package struct HTTPLimits: Sendable, Hashable {
  /// Maximum size of a request's head, in bytes. 16 KiB.
  package var headBytes = 16 * 1_024
  /// Maximum number of header fields of a request. 100.
  package var headerCount = 100
  /// Maximum size of a request's body, in bytes. 1 MiB.
  package var bodyBytes = 1_024 * 1_024
  /// Budget for bodies, responses being built and unsent responses over all connections, in bytes. 64 MiB.
  package var transferBytes = 64 * 1_024 * 1_024
  /// Bytes of each body and response that do not count, so that small requests are served when the budget is
  /// used up. 16 KiB.
  package var uncountedBytes = 16 * 1_024
  /// Size of the system's buffers for a connection, each way, in bytes; the kernel doubles it. They count
  /// against the memory limit of a systemd unit: 64 MiB for all connections together. 16 KiB.
  package var socketBytes = 16 * 1_024
  /// Maximum number of connections. Past it the connection that has waited longest without a whole request is
  /// closed. 1,024.
  package var connections = 1_024
  /// Maximum number of clients that follow the events; at most half of the connections. 64.
  package var streams = 64
  /// Maximum number of concurrent reads of many rows. 2. One more may run that reads the components' state.
  package var largeReads = 2
  /// Maximum number of queued reads of many rows, at most a quarter of the connections; further ones are
  /// rejected. 64.
  package var waitingReads = 64
  /// Time limit for a head, from its first byte. 10 s.
  package var headTime = Duration.seconds(10)
  /// Time limit for a body, from the end of its head. 30 s.
  package var bodyTime = Duration.seconds(30)
  /// Time limit for sending a response, or a piece of a stream. 30 s.
  package var answerTime = Duration.seconds(30)
  /// Time without progress after which a body or a response is dropped for another when ``transferBytes`` is
  /// used up. 5 s.
  package var stallTime = Duration.seconds(5)
  /// Time limit between two requests of a connection. 75 s.
  package var idleTime = Duration.seconds(75)

  package init() {}

  /// Returns how many connections the process has descriptors for.
  func connections(within descriptors: DescriptorLimit) -> Int { min(connections, descriptors.connections) }

  /// Returns the limits of a server that starts now. Streams and waiting reads get a share of the connections,
  /// so that some remain for short requests.
  func within(_ descriptors: DescriptorLimit) -> HTTPLimits {
    var limits = self
    limits.connections = connections(within: descriptors)
    limits.streams = min(streams, max(1, limits.connections / 2))
    limits.waitingReads = min(waitingReads, max(1, limits.connections / 4))
    return limits
  }
}
