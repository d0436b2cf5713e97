import Healing

/// When a writer's session prunes: a pass a minute, in slices that leave time for batches, and a row of `upkeep` at most
/// once an hour.
struct RetentionSchedule {
  /// Time from the opening to the first pass, and between two passes, in nanoseconds.
  private static let interval: Int64 = 60_000_000_000
  /// Time between two rows of `upkeep`, in nanoseconds.
  private static let reportInterval: Int64 = 3_600_000_000_000
  /// Time between two slices while batches are written.
  private static let pause = Duration.milliseconds(100)

  let reserve: ReserveFile
  private let options: RetentionOptions
  private var pruner: Pruner
  /// Monotonic time of the next pass.
  private var nextPass: Int64
  private var lastSlice = ContinuousClock.now
  private var nextReport: Int64
  private var figures = PruneFigures()
  private var began: Timestamp?
  private var problem: LedgerError?

  init(_ options: RetentionOptions, reserve: ReserveFile, time: any TimeSource) {
    self.options = options
    self.reserve = reserve
    pruner = Pruner(options)
    let now = time.monotonicNanoseconds()
    (nextPass, nextReport) = (now + Self.interval, now + Self.interval)
  }

  /// Whether a slice may run now.
  /// - Parameter isQuiet: no batch is waiting.
  func isDue(isQuiet: Bool) -> Bool {
    pruner.isActive && (isQuiet || ContinuousClock.now - lastSlice >= Self.pause)
  }

  func mayBegin(at time: any TimeSource) -> Bool {
    !pruner.isActive && time.monotonicNanoseconds() >= nextPass
  }

  /// A separate pass that frees space on a full disk.
  var relief: Pruner { Pruner(options) }

  mutating func add(_ relief: Pruner) { figures.add(relief) }

  /// Begins a pass. Also creates the reserve that a full disk has used up, in the size of the options.
  mutating func begin(_ connection: Connection, at time: any TimeSource) {
    nextPass = time.monotonicNanoseconds() + Self.interval
    if began == nil { began = time.wallClock() }
    reserve.create()
    // A ledger that cannot be read now is pruned later.
    try? pruner.begin(connection)
  }

  /// Finds the next slice; `nil` at the end of the pass.
  mutating func next(_ connection: Connection, at time: any TimeSource) throws(SQLiteError) -> Pruner.Slice? {
    let start = ContinuousClock.now
    defer { figures.duration += ContinuousClock.now - start }
    if let slice = try pruner.next(connection, now: time.wallClock()) { return slice }
    figures.add(pruner)
    return nil
  }

  mutating func run(_ slice: Pruner.Slice, _ connection: Connection, at time: any TimeSource)
    throws(SQLiteError)
  {
    let start = ContinuousClock.now
    defer {
      lastSlice = ContinuousClock.now
      figures.duration += lastSlice - start
      figures.longestHold = max(figures.longestHold, lastSlice - start)
    }
    try pruner.run(slice, connection, now: time.wallClock())
  }

  /// Ends a pass with an error. Another program that holds the lock is none.
  mutating func failed(_ error: LedgerError, at time: any TimeSource) {
    if error.code == .busy { return }
    problem = error
    figures.add(pruner)
    pruner.stop()
  }

  /// Whether a row of `upkeep` is due.
  func hasReport(at time: any TimeSource) -> Bool {
    !(figures.isEmpty && problem == nil) && time.monotonicNanoseconds() >= nextReport
  }

  /// Writes the row of `upkeep` for the passes since the last one. Call it under the write lock.
  mutating func report(_ connection: Connection, at time: any TimeSource) throws(SQLiteError) {
    figures.maxBytes = options.maxBytes
    try figures.record(problem, from: began ?? time.wallClock(), connection)
    nextReport = time.monotonicNanoseconds() + Self.reportInterval
    (figures, began, problem) = (PruneFigures(), nil, nil)
  }
}

/// What pruning has deleted, for a row of `upkeep`.
package struct PruneFigures: Sendable, Hashable {
  /// By table.
  package var deleted: [String: Pruner.Deleted] = [:]
  /// Pages given back to the file system.
  package var freedPages: Int64 = 0
  package var duration = Duration.zero
  /// Size limit of the options that pruned, in bytes; `nil` for none.
  package var maxBytes: Int64?
  /// The longest time that a slice held the write lock.
  package var longestHold = Duration.zero

  var isEmpty: Bool { deleted.values.allSatisfy { $0.rows == 0 } && freedPages == 0 }

  mutating func add(_ pruner: Pruner) {
    deleted.merge(pruner.deleted) { a, b in Pruner.Deleted(rows: a.rows + b.rows, bytes: a.bytes + b.bytes) }
    freedPages += pruner.freedPages
  }

  func record(_ problem: LedgerError?, from start: Timestamp, _ connection: Connection) throws(SQLiteError) {
    try UpkeepTable.insert(
      .prune, problem == nil ? .ok : .failed, at: start, lasting: duration, figures: json(problem), connection
    )
  }

  private func json(_ problem: LedgerError?) -> String {
    let tables = deleted.filter { $0.value.rows > 0 }.sorted { $0.key < $1.key }.map {
      "\"\($0.key)\":{\"rows\":\($0.value.rows),\"bytes\":\($0.value.bytes)}"
    }
    var members = ["\"tables\":{\(tables.joined(separator: ","))}", "\"freed_pages\":\(freedPages)"]
    members.append("\"max_bytes\":\(maxBytes.map(String.init) ?? "null")")
    members.append("\"longest_hold_ms\":\(Double(longestHold.microseconds) / 1_000)")
    if let problem {
      members.append("\"problem\":\(StoredJSON.text([problem.problem]).dropFirst().dropLast())")
    }
    return "{\(members.joined(separator: ","))}"
  }
}
