import Healing

/// Follows the ledger's feed and writes it as server-sent events. Each stream reads the ledger itself, from where its
/// client stands, so it misses nothing and repeats nothing, however often either side goes away.
struct EventStream: Sendable {
  let service: Service
  /// What the client has seen.
  let position: Int64

  /// How often a stream looks for news.
  private static let interval = Duration.milliseconds(200)
  /// After how many looks without news the client is told that the server is still there.
  private static let looksPerSign = 75
  /// Events that are read at once. A stream holds them as long as its client takes none.
  private static let page = 16
  /// Bytes from which on a piece is sent.
  private static let pieceBytes = 65_536

  func run(_ writer: any ResponseWriter) async throws {
    try await writer.write(Array("retry: 2000\n\n".utf8))
    var position = position
    var idle = 0
    while true {
      // A ledger that cannot be read now may be a moment later; the client keeps its place.
      let events = (try? await service.ledger.feed.events(after: position, limit: Self.page)) ?? []
      if let last = events.last {
        position = last.position
        idle = 0
        try await Self.write(events, to: writer)
      } else {
        idle += 1
        if idle.isMultiple(of: Self.looksPerSign) { try await writer.write(Array(":\n\n".utf8)) }
        try await service.time.sleep(for: Self.interval)
      }
    }
  }

  private static func write(_ events: [FeedEvent], to writer: any ResponseWriter) async throws {
    var bytes: [UInt8] = []
    for event in events {
      if bytes.count >= pieceBytes {
        try await writer.write(bytes)
        bytes = []
      }
      let data = EventData(event.event)
      bytes += "id: \(EventID(event))\nevent: \(data.kind)\ndata: ".utf8
      bytes += try JSONText.encode(data)
      bytes += "\n\n".utf8
    }
    try await writer.write(bytes)
  }
}
