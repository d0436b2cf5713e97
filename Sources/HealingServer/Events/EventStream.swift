import Healing

/// Polls the ledger's feed and writes its events as server-sent events. Each stream reads from its client's
/// position, so no event is missed or repeated, however often client or server reconnect. An event `reset` announces that
/// retention has deleted events that the client has not received.
struct EventStream: Sendable {
  let service: ServerContext
  /// Feed position of the last event that the client has received.
  let position: Int64

  /// Poll interval.
  private static let interval = Duration.milliseconds(200)
  /// Number of polls without events after which a keep-alive comment is sent.
  private static let looksPerSign = 75
  /// Events read per poll. A stream holds them in memory while its client does not read.
  private static let page = 16
  /// Bytes from which on the buffered events are sent.
  private static let pieceBytes = 65_536

  func run(_ writer: any ResponseWriter) async throws {
    try await writer.write(Array("retry: 2000\n\n".utf8))
    var position = position
    var idle = 0
    while true {
      // A failed read is retried at the next poll; the position does not change.
      let events = (try? await service.ledger.feed.events(after: position, limit: Self.page)) ?? []
      // Read after the events: retention may have deleted some before them.
      let deleted = (try? await service.ledger.feed.lastDeletedPosition()) ?? 0
      if position < deleted {
        position = deleted
        try await writer.write(Array("event: reset\ndata: {\"position\":\(deleted)}\n\n".utf8))
        continue
      }
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
