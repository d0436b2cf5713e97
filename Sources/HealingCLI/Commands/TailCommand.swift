import Healing
import HealingSQLite

enum TailCommand: Command {
  static let name = "tail"
  static let summary = "prints events as they are committed, from any position"
  static let options: [Option] = [
    .ledger,
    Option(
      name: "from", value: "POSITION",
      help: "the events after this position; 0 for all (default: the last 10)"),
    Option(name: "once", value: nil, help: "end at the last event instead of waiting for more"),
    Option(name: "limit", value: "N", help: "end after so many events, 1 or more"),
    .component,
    Option(name: "format", value: "FORMAT", help: "table or ndjson (default: table)"),
  ]
  static let examples = """

    Events are errors, recoveries, transitions, checks and alerts, in the order in
    which they were committed. Each has a position. A program that stores the last
    position it has seen and gives it to --from misses none and reads none twice.
    Where retention has deleted events after that position, the first event is
    'reset', with the position of the last deleted one.

    A line of NDJSON has the fields of GET /events and of the row, its position, and
    the kind as event. The command ends with 0 at SIGINT and SIGTERM, and when its
    reader ends.

    Examples:
      healing tail --ledger healing.db
      healing tail --ledger healing.db --from 0 --once --format ndjson | jq .event
      healing tail --ledger healing.db --component mail_api

    """

  static func run(_ options: ParsedOptions) async throws {
    let format = try options.format([.table, .ndjson])
    let from = options.has("from") ? try options.integer("from", default: 0, in: 0...Int.max) : nil
    let limit = options.has("limit") ? try options.integer("limit", default: 1, in: 1...Int.max) : nil
    let component = try options.component()
    let reader = try SQLiteLedgerReader(path: options.ledgerPath())
    if let component { try await UnknownComponent.check(component, in: reader) }
    let follower = FeedFollower(
      reader: reader, component: component, printer: EventPrinter(format: format), limit: limit,
      endsAtLast: options.has("once"))
    let start = try await follower.start(after: from.map(Int64.init))
    let following = Task { try await follower.run(after: start) }
    let interruption = SIGINTHandler { following.cancel() }
    let result = await following.result
    withExtendedLifetime(interruption) {}
    // An interruption is a normal end.
    if case .failure(let error) = result, !following.isCancelled { throw error }
  }
}

/// Reads the events of a ledger from a position on, and prints them.
private struct FeedFollower {
  let reader: SQLiteLedgerReader
  let component: ComponentName?
  let printer: EventPrinter
  let limit: Int?
  let endsAtLast: Bool

  /// Poll interval.
  private static let interval = Duration.milliseconds(200)
  /// Events read at once.
  private static let page = 256
  /// Number of events that are printed first by default.
  private static let standardCount: Int64 = 10

  /// Returns the position to start after.
  /// - Throws: ``UnknownPosition`` for one that the ledger has not reached.
  func start(after given: Int64?) async throws -> Int64 {
    let last = try await reader.feed.lastPosition()
    guard let given else {
      return max(last - Self.standardCount, try await reader.feed.lastDeletedPosition(), 0)
    }
    guard given <= last else { throw UnknownPosition(position: given, last: last, ledger: reader.path) }
    return given
  }

  /// Returns the next events. Waits while the ledger is locked.
  private func events(after position: Int64) async throws -> [FeedEvent] {
    while true {
      do throws(LedgerError) {
        return try await reader.feed.events(after: position, limit: Self.page)
      } catch {
        guard error.code == .busy else { throw error }
      }
      try await SystemTimeSource().sleep(for: Self.interval)
    }
  }

  func run(after start: Int64) async throws {
    var position = start
    var count = 0
    try printer.begin()
    while true {
      let events = try await events(after: position)
      // Read after the events: retention may have deleted some before them.
      let deleted = try await reader.feed.lastDeletedPosition()
      if position < deleted {
        position = deleted
        try printer.reset(to: deleted)
        continue
      }
      for event in events {
        position = event.position
        guard component == nil || event.event.component == component else { continue }
        try printer.write(event)
        count += 1
        if count == limit { return }
      }
      guard events.isEmpty else { continue }
      if endsAtLast { return }
      try StandardOutput.checkReader()
      try await SystemTimeSource().sleep(for: Self.interval)
    }
  }
}

/// The ledger has no event at or after a position.
struct UnknownPosition: Error, CustomStringConvertible {
  let position: Int64
  let last: Int64
  let ledger: String

  var description: String {
    "\(ledger): position \(position) is after the last event, which has \(last); is it of another ledger?"
  }
}
