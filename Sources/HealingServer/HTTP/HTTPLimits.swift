/// What clients may send and hold, and how long they may take over it.
package struct HTTPLimits: Sendable, Hashable {
  /// Bytes of a request's head. 16 KiB.
  package var headBytes = 16 * 1_024
  /// Header fields of a request. 100.
  package var headerCount = 100
  /// Bytes of a request's body. 1 MiB.
  package var bodyBytes = 1_024 * 1_024
  /// Bytes of bodies, of answers being made and of answers not yet taken, over all connections. 64 MiB.
  package var transferBytes = 64 * 1_024 * 1_024
  /// Bytes of each body and answer that do not count, so that small requests are answered whatever others hold. 16 KiB.
  package var uncountedBytes = 16 * 1_024
  /// Bytes that the system buffers for a connection, each way; the kernel doubles the number. They count against the memory
  /// limit of a systemd unit: 64 MiB for all connections together. 16 KiB.
  package var socketBytes = 16 * 1_024
  /// Connections at once. Past it the one that has waited longest without a whole request is cut. 1,024.
  package var connections = 1_024
  /// Clients that follow the events at once; at most half of the connections. 64.
  package var streams = 64
  /// Reads of many rows that run at once: what each holds in memory until its answer is made is not counted. 2.
  package var largeReads = 2
  /// Reads of many rows that wait for their turn, at most a quarter of the connections; further ones are refused. 64.
  package var waitingReads = 64
  /// Until a head has come, from its first byte. 10 s.
  package var headTime = Duration.seconds(10)
  /// Until a body has come, from the end of its head. 30 s.
  package var bodyTime = Duration.seconds(30)
  /// Until an answer, or a piece of a stream, has been taken. 30 s.
  package var answerTime = Duration.seconds(30)
  /// After which a body or an answer that has not moved makes room for another when ``transferBytes`` are used up. 5 s.
  package var stallTime = Duration.seconds(5)
  /// Between two requests of a connection. 75 s.
  package var idleTime = Duration.seconds(75)

  package init() {}

  /// Connections that the process has descriptors for.
  func connections(within descriptors: DescriptorLimit) -> Int { min(connections, descriptors.connections) }

  /// The limits of a server that starts now. What can hold a connection for long gets a share of them, so that some are
  /// always left for requests that are answered at once.
  func within(_ descriptors: DescriptorLimit) -> HTTPLimits {
    var limits = self
    limits.connections = connections(within: descriptors)
    limits.streams = min(streams, max(1, limits.connections / 2))
    limits.waitingReads = min(waitingReads, max(1, limits.connections / 4))
    return limits
  }
}
