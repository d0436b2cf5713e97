import Foundation
import Healing
import HealingSQLite

enum IngestCommand: Command {
  static let name = "ingest"
  static let summary = "stores events of other programs, or an export, in a ledger"
  static let positional = "[FILE]"
  static let options: [Option] = [.ledger]
  static let examples = """

    Without FILE the command reads standard input. A line is an event,
      {"at": "2026-01-31T12:00:00Z", "component": "orders_db", "operation": "get",
       "ok": false, "duration_ms": 12.5, "error": {"type": "...", "message": "...",
       "code": "..."}, "request_id": "r-1", "user_id": "u-7", "id": "e-42"}
    or a row of 'healing export'. An event needs at, component and ok. Its error is
    classified, and secrets are removed, as in a service.

    Each row is stored once: by its id; by the id, component and time of an event;
    or by text, line number and the first such line of the input of an event without
    an id. So a file can be ingested again.
    The command reports an invalid line on standard error with its number and
    skips it; the exit code is then 1. A field with another name makes a line
    invalid. Blank lines are skipped. A missing ledger is created, unless no line
    is valid.

    Examples:
      healing ingest calls.ndjson --ledger healing.db
      zcat healing.ndjson.gz | healing ingest --ledger copy.db

    """

  /// Lines of one transaction.
  private static let linesPerBatch = 10_000
  /// Bytes of lines of one transaction.
  private static let bytesPerBatch = 4 << 20

  static func run(_ options: ParsedOptions) async throws {
    try options.rejectArguments(after: 1)
    let path = try options.ledgerPath()
    let file = options.positional.first
    let descriptor = try file.map(open) ?? STDIN_FILENO
    if isatty(descriptor) == 1 { StandardError.say("one event a line; end with Ctrl-D") }
    let upkeep = UpkeepTimer()
    let ingest = Ingest(name: file ?? "standard input", path: path)
    do {
      try ingest.run(descriptor)
      try ingest.close()
    } catch {
      guard let target = ingest.target else {
        upkeep.recordFailure(.ingest, error, ledger: path)
        throw error
      }
      try? target.close(isComplete: false)
      upkeep.recordFailure(.ingest, error, ledger: path)
      throw IngestError(cause: error, stored: ingest.writtenLines)
    }
    upkeep.record(
      .ingest, ["lines": .integer(Int64(ingest.lines)), "stored": .integer(Int64(ingest.stored))],
      ledger: path)
    try StandardOutput.write(ingest.summary + "\n")
    if ingest.bad > 0 { throw SilentExit(code: .failure) }
  }

  private static func open(_ path: String) throws -> Int32 {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw LedgerError(
        .unavailable, ledger: path, problem: "the file cannot be read: \(String(cString: strerror(errno)))",
        remedy: "give the path of a file with events")
    }
    return descriptor
  }

  /// The lines of one input on their way into a ledger.
  private final class Ingest {
    let name: String
    let path: String
    /// Opened for the first valid line, so that a wrong input creates no ledger; `nil` before.
    private(set) var target: LedgerImport?
    private var parser = IngestParser()
    private var pending: [(number: Int, line: IngestLine)] = []
    private var pendingBytes = 0
    private let progress = ProgressLine()
    private(set) var lines = 0
    private(set) var stored = 0
    private var duplicates = 0
    private(set) var bad = 0
    /// Number of the last line that is durable.
    private(set) var writtenLines = 0

    init(name: String, path: String) {
      self.name = name
      self.path = path
    }

    private func open() throws -> LedgerImport {
      if let target { return target }
      let opened = try LedgerImport(path: path, identity: Version.identity("ingest")) {
        StandardError.say("healing: \($0)")
      }
      target = opened
      return opened
    }

    /// Ends the run. Also creates or migrates the ledger for an empty input.
    func close() throws {
      if target == nil && bad > 0 { return }
      try open().close()
    }

    var summary: String {
      "\(lines) lines: \(stored) stored, \(duplicates) already in the ledger, \(bad) invalid"
    }

    func run(_ descriptor: Int32) throws {
      defer { progress.end() }
      var input = InputLines(descriptor: descriptor, name: name)
      let time = SystemTimeSource()
      var now = time.wallClock()
      try input.forEach {
        try write()
        now = time.wallClock()
      } _: { bytes, number in
        do {
          guard let line = try parser.parse(bytes, number: number, now: now) else { return }
          lines += 1
          pending.append((number, line))
          pendingBytes += bytes?.count ?? 0
        } catch let error as BadLine {
          lines += 1
          report(error, at: number)
        }
        guard pending.count >= linesPerBatch || pendingBytes >= bytesPerBatch else { return }
        try write()
        now = time.wallClock()
      }
      try write()
    }

    private func report(_ error: BadLine, at number: Int) {
      bad += 1
      progress.end()
      StandardError.say("healing: line \(number) of \(name): \(error.problem)")
    }

    /// Writes the pending lines.
    private func write() throws {
      guard let last = pending.last?.number else { return }
      var refused: [(number: Int, problem: String)] = []
      var (stored, duplicates) = (0, 0)
      try open().write { batch throws(SQLiteError) in
        for (number, line) in pending {
          let result =
            switch line {
            case .event(let event): try batch.insert(event)
            case .row(let row, let table, let ledger): try batch.insert(row, of: table, ledger: ledger)
            }
          switch result {
          case .stored: stored += 1
          case .duplicate: duplicates += 1
          case .refused(let problem): refused.append((number, problem))
          }
        }
      }
      self.stored += stored
      self.duplicates += duplicates
      writtenLines = last
      pending.removeAll(keepingCapacity: true)
      pendingBytes = 0
      for (number, problem) in refused { report(BadLine(problem), at: number) }
      progress.show("\(lines) lines")
    }
  }
}

/// An ingest ended before its input did.
struct IngestError: Error, CustomStringConvertible {
  let cause: any Error
  /// The last line that is durable.
  let stored: Int

  var description: String {
    "\(cause); the lines up to \(stored) are stored, and ingesting the input again stores the rest"
  }
}
