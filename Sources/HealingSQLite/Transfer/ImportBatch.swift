package import Healing
import HealingLedger

/// A call that another program observed.
package struct IngestedEvent: Sendable {
  package var at: Timestamp
  package var component: ComponentName
  package var operation: String
  package var outcome: CallOutcome
  /// Microseconds.
  package var duration: Int64
  /// Hash of the event's id, component and time; without an id, of its line, the line's number and the input.
  package var hash: UInt64
  /// The classified error, with any id. Held by reference: most events have none, and a batch holds 10,000 events.
  package var error: ErrorContext? {
    get { failure?.error }
    set { failure = newValue.map(Failure.init) }
  }
  private var failure: Failure?
  package var requestID: String?
  package var userID: String?

  private final class Failure: Sendable {
    let error: ErrorContext
    init(_ error: ErrorContext) { self.error = error }
  }

  package init(
    at: Timestamp, component: ComponentName, operation: String, outcome: CallOutcome, duration: Int64,
    hash: UInt64,
    error: ErrorContext? = nil, requestID: String? = nil, userID: String? = nil
  ) {
    self.at = at
    self.component = component
    self.operation = operation
    self.outcome = outcome
    self.duration = duration
    self.hash = hash
    failure = error.map(Failure.init)
    self.requestID = requestID
    self.userID = userID
  }
}

/// What became of an imported row.
package enum ImportResult: Sendable, Hashable {
  case stored
  /// The ledger has the row.
  case duplicate
  /// SQLite or a rule refuses the row, with the reason.
  case refused(String)
}

/// Rows of one transaction of a ``LedgerImport``.
package struct ImportBatch {
  let connection: Connection
  let run: Int64
  private let ids: LedgerIDGenerator
  let now: Timestamp
  var sources: ImportSources
  private(set) var components = ComponentIDCache()
  /// Statements of every event, found once per batch.
  private var eventRow: Statement?
  private var sampleRow: Statement?
  /// Sums of events, and of rows: rows' executions are counted by the rows of `outcomes`.
  private var eventSums = RollupAccumulator()
  private var rowSums = RollupAccumulator()
  private var outcomes: [RollupAccumulator.OutcomeKey: (attempts: Int64, executions: ExecutionCounts)] = [:]
  /// Rows of other ledgers that are not yet in `source_recovery` and `source_sample`.
  var taken = SourceSums()
  /// Calls of other ledgers' runs.
  private var releases: [RollupTable.ReleaseKey: CallCounts] = [:]
  private var longest: [(component: Int64, action: Int64, minute: Int64, microseconds: Int64)] = []
  /// Times before which retention has deleted rows of a table of this ledger, by the table's name.
  private var prunedBefore: [String: Int64] = [:]

  init(
    connection: Connection, run: Int64, ids: LedgerIDGenerator, time: any TimeSource, sources: ImportSources
  ) {
    self.connection = connection
    self.run = run
    self.ids = ids
    self.sources = sources
    now = time.wallClock()
  }

  /// Writes the sums. Call it last, and before totals of this ledger are read.
  mutating func end() throws(SQLiteError) {
    eventSums.endRuns()
    rowSums.endRuns()
    let context = self.context
    try taken.write(context)
    try RollupTable.write(eventSums, context)
    try RollupTable.write(rowSums, context, ofOtherLedger: true)
    defer {
      (eventSums, rowSums) = (RollupAccumulator(), RollupAccumulator())
      (outcomes, longest, releases) = ([:], [], [:])
    }
    for (key, counts) in releases { try RollupTable.add(counts, key, context) }
    for (key, outcome) in outcomes {
      try RollupTable.add(outcome.executions, attempts: outcome.attempts, key, context)
    }
    for row in longest {
      try RollupTable.raiseLongest(
        component: row.component, action: row.action, minute: row.minute, microseconds: row.microseconds,
        context)
    }
  }

  var context: WriteContext {
    WriteContext(connection: connection, process: run, now: now.microseconds, components: components)
  }

  /// Returns the position of a component in the batch; makes the component known.
  /// - Parameter isCall: whether a call is recorded, which makes a forgotten component known again.
  mutating func position(of name: ComponentName, isCall: Bool) throws(SQLiteError) -> UInt32 {
    if let position = components.position(of: name) {
      guard isCall, var known = components[position], known.isForgotten else { return position }
      try ComponentTable.makeKnown(&known, at: now, process: run, connection)
      components[position] = known
      return position
    }
    var known = try ComponentTable.resolve(name, at: now, connection)
    if isCall && known.isForgotten { try ComponentTable.makeKnown(&known, at: now, process: run, connection) }
    return components.add(name, known)
  }

  // MARK: Events

  /// Stores an event unless it is stored: a sample, its error, and its execution.
  package mutating func insert(_ event: IngestedEvent) throws(SQLiteError) -> ImportResult {
    let base = Self.firstID(at: event.at) | Int64(event.hash & UInt64(Self.hashBits))
    guard let id = try claim(base, hash: Int64(bitPattern: event.hash)) else { return .duplicate }
    let position = try position(of: event.component, isCall: true)
    let component = components[position]
    let at = event.at.microseconds
    let epoch = component?.epoch ?? 0
    let reason: RejectionReason? = event.outcome == .rejected ? .reported : nil
    var counts = CallCounts()
    counts.add(event.outcome, microseconds: event.duration, rejection: reason)
    let row = try Self.kept(&sampleRow, SampleTable.insertSQL, connection)
    _ = try insert(at: id) { id throws(SQLiteError) in
      try SampleTable.insert(
        id: id, at: at, component: component?.id ?? 0, process: run, epoch: epoch, counts, with: row)
    }
    eventSums.add(
      component: position, epoch: epoch, at: at, event.outcome, microseconds: event.duration,
      rejection: reason)
    var executions = ExecutionCounts()
    if event.outcome == .failure { executions.add(.lost) }
    if event.outcome == .rejected { executions.rejected = 1 }
    eventSums.add(component: position, at: at, executions)
    if reason != nil {
      let call = RejectedCall(
        id: id, at: event.at, component: event.component, operation: event.operation, reason: .reported,
        requestID: event.requestID, userID: event.userID)
      eventSums.add(
        component: position, epoch: epoch, at: at,
        RejectedOperation(operation: call.operation, reason: .reported))
      try RejectedCallTable.insert(call, context)
    }
    guard var error = event.error else { return .stored }
    (error.id, error.at) = (id, event.at)
    let context = self.context
    while try !ErrorTable.insert(error, context) { error.id = LedgerID(rawValue: error.id.rawValue + 1) }
    try FeedTable.append(.error, error.id, context)
    eventSums.add(component: position, error)
    if error.severity == .critical {
      eventSums.addCritical(component: position, epoch: epoch, at: at, count: 1)
    }
    return .stored
  }

  /// Returns the lowest id that an event of a time can have.
  static func firstID(at time: Timestamp) -> Int64 {
    let millisecond = time.clamped.microseconds / 1_000 - LedgerIDGenerator.epochMilliseconds
    return min(max(-(1 << 40), millisecond), 1 << 40) << 22
  }

  /// The bits of an event's id that are those of its hash.
  private static let hashBits: Int64 = 0x3F_FFFF

  /// Records an event's hash under the first id from `base` on that no other event has.
  /// - Returns: `nil` when the event is recorded.
  private mutating func claim(_ base: Int64, hash: Int64) throws(SQLiteError) -> LedgerID? {
    let row = try Self.kept(
      &eventRow, "INSERT INTO ingested_event VALUES (?, ?) ON CONFLICT DO NOTHING", connection)
    var id = base
    while true {
      row.bind(1, id)
      row.bind(2, hash)
      try row.runAndReset()
      if connection.changes > 0 { return LedgerID(rawValue: id) }
      let stored = try connection.integer("SELECT hash FROM ingested_event WHERE id = ?") { $0.bind(1, id) }
      if stored == hash { return nil }
      id += 1
    }
  }

  /// Returns a statement that a batch finds once: hashing its text for each row costs as much as binding its values.
  private static func kept(_ statement: inout Statement?, _ sql: String, _ connection: Connection)
    throws(SQLiteError) -> Statement
  {
    if let statement { return statement }
    let found = try connection.cached(sql)
    statement = found
    return found
  }

  /// Inserts a row at the first free id from `id` on.
  private func insert(at id: LedgerID, _ body: (LedgerID) throws(SQLiteError) -> Void) throws(SQLiteError)
    -> LedgerID
  {
    var id = id
    while true {
      do throws(SQLiteError) {
        try body(id)
        return id
      } catch {
        guard error.isTakenID else { throw error }
        id = LedgerID(rawValue: id.rawValue + 1)
      }
    }
  }

  // MARK: Rows

  /// Stores a row of a table unless the ledger has it.
  /// - Parameter ledger: identity of the ledger that the row comes from; needed where the table needs it.
  package mutating func insert(_ row: TransferRow, of table: TransferTable, ledger: String?)
    throws(SQLiteError)
    -> ImportResult
  {
    if table.needsLedger && ledger == nil { return .refused("has no \"ledger\"") }
    let identity = ledger ?? sources.context ?? ImportSources.unknown
    if table.name == TransferTable.ledgers.name { return try insertLedger(row, heldBy: identity) }
    if let problem = sources.refused[identity] { return .refused(problem) }
    let source = try source(identity)
    if source.isPart && !sources.isSalvage {
      return .refused("is of a ledger whose rows came with another one that was merged")
    }
    if let problem = table.problem(row) { return .refused(problem) }
    switch table.name {
    case "ingested_events": return try insertEventHash(row)
    case "components":
      // The rows after the components are of their ledger.
      sources.context = ledger
      if !source.lastIDs.isEmpty { sources.all[source.id]?.isFresh = false }
      return try insertComponent(row)
    case "policies": return try insertPolicy(row)
    case "outcomes": return try insertOutcome(row, source)
    case "rejections": return try insertRejections(row, source)
    case "recovery_sums", "sample_sums":
      guard source.isCounted, sources.merged != nil || sources.context == ledger else {
        return .refused("comes without the rows of its ledger: export all tables at once")
      }
      return try table.name == "recovery_sums"
        ? insertRecoverySums(row, source) : insertSampleSums(row, source)
    case "longest_recoveries": return try insertLongest(row)
    default: return try insertHistory(row, of: table, source)
    }
  }

  /// Returns a source; the first time, adds it.
  @discardableResult
  mutating func source(_ identity: String) throws(SQLiteError) -> ImportSources.Source {
    if let id = sources.number(of: identity), let source = sources.all[id] { return source }
    let ownIdentity = try LedgerIdentity.find(connection)
    if identity == ownIdentity {
      let own = ImportSources.Source(
        id: ImportSources.Source.own, isCounted: true, isPart: false, isFresh: false, moved: [:])
      sources.add(own, identity)
      return own
    }
    let insert = try connection.cached(
      "INSERT INTO source_ledger (identity, is_counted) VALUES (?, 1) ON CONFLICT DO NOTHING")
    insert.bind(1, identity)
    try insert.runAndReset()
    let isFresh = connection.changes > 0
    let found = try connection.rows("SELECT id, is_counted, part_of FROM source_ledger WHERE identity = ?") {
      $0.bind(1, identity)
    } _: {
      (id: $0.integer("id"), isCounted: $0.integer("is_counted") == 1, isPart: !$0.isNull("part_of"))
    }.first
    let id = found?.id ?? -1
    let source = ImportSources.Source(
      id: id, isCounted: found?.isCounted ?? false, isPart: found?.isPart ?? false, isFresh: isFresh,
      moved: try movedIDs(of: id))
    sources.add(source, identity)
    return source
  }

  /// Records that the rows of one ledger come with those of another, unless rows of it are here.
  private mutating func insertLedger(_ row: TransferRow, heldBy identity: String) throws(SQLiteError)
    -> ImportResult
  {
    guard let other = TransferTable.ledgers.value("identity", row).text, other.utf8.count == 32 else {
      return .refused("has no identity of a ledger")
    }
    if let problem = sources.refused[identity] { return .refused(problem) }
    let held = try HeldLedgers(connection)
    if let refusal = held.refusal(of: identity, holding: [other], by: .ingest, into: "this ledger") {
      let problem = "is of a ledger that cannot be ingested: \(refusal.problem)"
      sources.refused[identity] = problem
      return .refused(problem)
    }
    guard !held.contains(other), other != identity else { return .duplicate }
    let source = try source(identity)
    try add(other, partOf: source.isOwn ? nil : source.id)
    return .stored
  }

  /// Records that a ledger's rows came with those of another.
  /// - Parameter source: the other's number; `nil` for this ledger, whose own rows they are.
  func add(_ identity: String, partOf source: Int64?) throws(SQLiteError) {
    let row = try connection.cached(
      "INSERT INTO source_ledger (identity, part_of) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
    row.bind(1, identity)
    row.bind(2, source)
    try row.runAndReset()
    guard source == nil, connection.changes > 0 else { return }
    let part = try connection.cached("UPDATE source_ledger SET part_of = id WHERE identity = ?")
    part.bind(1, identity)
    try part.runAndReset()
  }

  /// Records the hash of an event whose row comes from another ledger.
  private mutating func insertEventHash(_ row: TransferRow) throws(SQLiteError) -> ImportResult {
    let table = TransferTable.events
    guard let id = table.value("id", row).integer,
      let hash = table.value("hash", row).text.flatMap({ UInt64($0, radix: 16) })
    else { return .refused("is no hash of an event") }
    // The id was moved up from the first place of the hash while that was taken.
    var first = id & ~Self.hashBits | Int64(hash & UInt64(Self.hashBits))
    if first > id { first -= Self.hashBits + 1 }
    return try claim(first, hash: Int64(bitPattern: hash)) == nil ? .duplicate : .stored
  }

  private func movedIDs(of source: Int64) throws(SQLiteError) -> [Int64: Int64] {
    let rows = try connection.rows("SELECT id, moved_to FROM source_moved_id WHERE source_id = ?") {
      $0.bind(1, source)
    } _: {
      ($0.integer("id"), $0.integer("moved_to"))
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// Returns the time before which retention has deleted rows of a table of this ledger.
  mutating func prunedBefore(_ table: String) throws(SQLiteError) -> Int64 {
    if let time = prunedBefore[table] { return time }
    let time = try WatermarkTable.prunedBefore(table, connection) ?? .min
    prunedBefore[table] = time
    return time
  }

  mutating func forgetPrunedBefore() { prunedBefore = [:] }

  /// Returns the time before which retention has deleted sums of minutes of this ledger.
  private func minutesPrunedBefore() throws(SQLiteError) -> Int64 {
    try WatermarkTable.prunedBefore(WatermarkTable.rollups, resolution: 60, connection) ?? .min
  }

  private mutating func insertComponent(_ row: TransferRow) throws(SQLiteError) -> ImportResult {
    let table = TransferTable.components
    guard let name = table.component(row), let registered = table.value("registered_at", row).integer,
      let epoch = table.value("epoch", row).integer,
      let started = table.value("epoch_started_at", row).integer
    else { return .refused("is incomplete") }
    sources.epochs[name] = epoch
    guard components.position(of: name) == nil, try ComponentTable.find(name, connection) == nil else {
      return .duplicate
    }
    let insert = try connection.cached(
      "INSERT INTO component (name, registered_at, epoch, epoch_started_at) VALUES (?, ?, ?, ?)")
    insert.bind(1, name.text)
    insert.bind(2, registered)
    insert.bind(3, epoch)
    insert.bind(4, started)
    return try refusing { () throws(SQLiteError) in
      try insert.runAndReset()
      return .stored
    }
  }

  /// Returns the epoch in which a row of another ledger counts: the present one here if it is the present one there, else
  /// an earlier one.
  func epoch(
    _ epoch: Int64, of name: ComponentName, _ known: KnownComponent?, _ source: ImportSources.Source?
  ) -> Int64 {
    let present = known?.epoch ?? 0
    // The ledger's own epochs are the same here, but for resets that a restore has taken back.
    if let source, source.isOwn { return min(epoch, present) }
    guard let there = sources.epochs[name], epoch < there else { return present }
    return there == present ? epoch : present > 0 ? min(epoch, present - 1) : -1
  }

  private mutating func insertPolicy(_ row: TransferRow) throws(SQLiteError) -> ImportResult {
    let table = TransferTable.policies
    guard let at = table.value("timestamp", row).integer, let name = table.component(row),
      let source = table.value("source", row).text.flatMap(PolicyChange.Source.init(rawValue:)),
      let json = table.value("json", row).text
    else { return .refused("is no policy") }
    _ = try position(of: name, isCall: false)
    let change = PolicyChange(
      component: name, at: Timestamp(microseconds: at), text: PolicyText(json: json), source: source)
    let context = self.context
    let known = try connection.integer(
      "SELECT 1 FROM policy_change WHERE component_id = ? AND source = ? AND at = ? AND hash = ? LIMIT 1"
    ) {
      $0.bind(1, context.componentID(name))
      $0.bind(2, source.rawValue)
      $0.bind(3, at)
      $0.bind(4, change.text.hash)
    }
    guard known == nil else { return .duplicate }
    try PolicyTable.insert(change, contextOfRun(row.process))
    return .stored
  }

  private func contextOfRun(_ process: Int64?) -> WriteContext {
    WriteContext(
      connection: connection, process: self.process(process), now: now.microseconds, components: components)
  }

  /// Returns the run here of a run of the other ledger.
  private func process(_ process: Int64?) -> Int64 { process.flatMap { sources.processes?[$0] } ?? run }

  // MARK: History

  private mutating func insertHistory(
    _ row: TransferRow, of table: TransferTable, _ source: ImportSources.Source
  ) throws(SQLiteError) -> ImportResult {
    guard let id = row.values[0].integer, let at = row.values[1].integer else {
      return .refused("is incomplete")
    }
    guard id < LedgerIDGenerator.limit.rawValue else { return .refused("has an id that no ledger gives") }
    var source = source
    if sources.merged == nil && source.isFresh {
      if let last = source.lastIDs[table.name], id <= last { source.isFresh = false }
      source.lastIDs[table.name] = id
      sources.all[source.id] = source
    }
    // Not stored again: it may have been deleted. The totals count it.
    let keptFrom = sources.isSalvage || source.isFresh ? .min : try prunedBefore(table.table)
    if at < keptFrom { return .duplicate }
    var component: UInt32?
    let name = table.component(row)
    if let name { component = try position(of: name, isCall: false) }
    let known = component.flatMap { components[$0] }
    var values = row.values
    var (epoch, epochThere) = (Int64(0), Int64(0))
    for (index, column) in table.columns.enumerated() {
      switch (column.kind, values[index]) {
      case (.text, .text(let text)) where sources.redacts: values[index] = .text(Redactor.redact(text))
      case (.id, .integer(let id)) where column.refersToError && !source.moved.isEmpty:
        if let moved = source.moved[id] { values[index] = .integer(moved) }
      case (.integer, .integer(let number)) where column.name == "epoch":
        epochThere = number
        if let name, let known { epoch = self.epoch(number, of: name, known, source) }
        values[index] = .integer(epoch)
      default: break
      }
    }
    let (componentID, process) = (known?.id, self.process(row.process))
    let statement = try connection.cached(table.insertSQL)
    for probe in 0..<Self.mostProbes {
      let free = Self.id(id, probe: probe, source.id)
      values[0] = .integer(free)
      table.bind(values, component: componentID, process: process, to: statement)
      let result = try refusing { () throws(SQLiteError) in
        try statement.runAndReset()
        return connection.changes > 0 ? .stored : .duplicate
      }
      switch result {
      case .refused: return result
      case .stored:
        if free != id { try move(id, to: free, of: table, source) }
        if let component {
          try count(
            values, of: table, component, epoch: epoch, epochThere: epochThere, at: at, process: process,
            source)
        }
        return .stored
      case .duplicate:
        guard try isSame(table, id: free, at: at, component: componentID, process: process) else { continue }
        if free != id { try move(id, to: free, of: table, source) }
        return .duplicate
      }
    }
    return .refused("has an id that too many other rows have")
  }

  /// Ids that are tried for a row.
  private static let mostProbes = 64

  /// Returns an id to try for a row whose own is taken: first those after it, then a run that depends on the source. The same row
  /// always gets the same ones, so it is found again.
  private static func id(_ id: Int64, probe: Int, _ source: Int64) -> Int64 {
    guard probe >= 16 else { return id + Int64(probe) }
    let mixed = UInt64(bitPattern: id ^ (source << 48)) &* 0x9E37_79B9_7F4A_7C15
    return id + Int64(mixed >> 42) + Int64(probe)
  }

  /// Whether a row is the one that is to be stored. Two ledgers can give an id to different rows.
  private func isSame(_ table: TransferTable, id: Int64, at: Int64, component: Int64?, process: Int64)
    throws(SQLiteError) -> Bool
  {
    let ofRun = sources.processes == nil ? "" : " AND process_id = ?4"
    return try connection.integer(
      "SELECT 1 FROM \(table.table) WHERE id = ?1 AND at = ?2 AND component_id IS ?3\(ofRun)"
    ) {
      $0.bind(1, id)
      $0.bind(2, at)
      $0.bind(3, component)
      if sources.processes != nil { $0.bind(4, process) }
    } != nil
  }

  /// Remembers that an error got another id, so that later rows refer to it.
  private mutating func move(
    _ id: Int64, to free: Int64, of table: TransferTable, _ source: ImportSources.Source
  ) throws(SQLiteError) {
    guard table.name == "errors", source.moved[id] != free else { return }
    sources.all[source.id]?.moved[id] = free
    guard !source.isOwn else { return }
    let row = try connection.cached(
      "INSERT INTO source_moved_id VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET moved_to = excluded.moved_to")
    row.bind(1, source.id)
    row.bind(2, id)
    row.bind(3, free)
    try row.runAndReset()
  }

  /// Adds a stored row to the sums and to the feed.
  private mutating func count(
    _ values: [TransferValue], of table: TransferTable, _ component: UInt32, epoch: Int64, epochThere: Int64,
    at: Int64, process: Int64, _ source: ImportSources.Source
  ) throws(SQLiteError) {
    let id = LedgerID(rawValue: values[0].integer ?? 0)
    func number(_ name: String) -> Int64 { table.position(of: name).flatMap { values[$0].integer } ?? 0 }
    let isCounted = source.isCounted && !source.isOwn && !sources.isSalvage
    switch table.name {
    case "samples":
      let counts = SampleTable.counts(values)
      rowSums.add(component: component, epoch: epoch, at: at, counts)
      let release = RollupTable.ReleaseKey(
        component: component, process: process, hour: at / RollupAccumulator.hour * RollupAccumulator.hour)
      releases[release, default: CallCounts()].add(counts)
      let known = components[component]?.id ?? 0
      if isCounted { taken.add(counts, of: source.id, component: known, epoch: epochThere, at: at) }
      if (source.isOwn || sources.isRestored) && counts.successes.addingClamped(counts.failures) > 0 {
        let minute = at / RollupAccumulator.minute * RollupAccumulator.minute
        sources.reopened.insert(ImportSources.Minute(component: known, at: minute))
      }
      guard !sources.isSalvage else { return }
      // Rows of `rejections` say of which operations.
      for (reason, calls) in counts.rejections where calls > 0 {
        let rejected = RejectedOperation(operation: RejectedOperation.merged, reason: reason)
        rowSums.add(component: component, epoch: epoch, at: at, rejected, calls: calls)
        if source.isOwn { continue }
        taken.addRejected(calls, reason, of: source.id, component: known, epoch: epochThere, at: at)
      }
    case "recoveries":
      try FeedTable.append(.recovery, id, context)
      let occurrences = max(1, number("occurrences"))
      var recovery = RecoveryRecord(
        id: id, at: Timestamp(microseconds: at), component: components.name(at: component), operation: "",
        action: RecoveryAction(code: number("action")),
        outcome: number("success") != 0 ? .succeeded : .failed,
        attempts: Int(clamping: number("attempts")), duration: .microseconds(number("duration_ms")),
        occurrences: Int(clamping: occurrences))
      if occurrences > 1 {
        // The initialiser clamps a duration to that of one recovery.
        recovery.duration = .microseconds(number("duration_ms"))
        // Of merged recoveries the row does not have the longest; the rows of `longest_recoveries` do.
        recovery.longest = .microseconds(number("duration_ms") / occurrences)
      }
      rowSums.add(component: component, recovery)
      if isCounted { taken.add(recovery, of: source.id, component: components[component]?.id ?? 0) }
    // A trigger adds the row to its group.
    case "errors":
      try FeedTable.append(.error, id, context)
    case "checks": try FeedTable.append(.check, id, context)
    case "transitions": try FeedTable.append(.transition, id, context)
    // An alert of another ledger must not be a component's last one here: monitors would take its incident for theirs.
    default: return
    }
  }

  // MARK: Totals of minutes

  private static let outcomeFigures = [
    "attempts", "extra_attempts", "rejected", "saved", "degraded", "undone", "lost", "interrupted",
  ]

  /// Returns the later state of a minute's executions. All figures grow but `lost`, which sinks when a lost execution turns out to be
  /// saved.
  private static func later(_ former: [Int64], _ numbers: [Int64]) -> [Int64] {
    guard let lost = outcomeFigures.firstIndex(of: "lost") else { return numbers }
    let others = outcomeFigures.indices.filter { $0 != lost }
    let hasGrown = others.contains { numbers[$0] > former[$0] }
    let hasShrunk = others.contains { numbers[$0] < former[$0] }
    var later = zip(former, numbers).map { max($0, $1) }
    if hasGrown && !hasShrunk { later[lost] = numbers[lost] }
    if hasShrunk && !hasGrown { later[lost] = former[lost] }
    return later
  }

  /// Returns the executions of a minute that two copies of a ledger have both written; `nil` when one of them has all calls of the minute.
  /// The calls that both have are counted once, as if they had ended alike.
  /// - Parameter calls: the calls of the rows of both.
  private static func united(_ former: [Int64], _ numbers: [Int64], calls: Int64) -> [Int64]? {
    guard let attempts = former.first, let others = numbers.first, calls > attempts, calls > others else {
      return nil
    }
    let shared = max(0, attempts.addingClamped(others).subtractingClamped(calls))
    return zip(former, numbers).map { $0.addingClamped($1) - min($0, $1, shared) }
  }

  /// Returns the calls of a minute whose rows the ledger has of a source.
  private mutating func calls(of source: ImportSources.Source, component: Int64, minute: Int64)
    throws(SQLiteError) -> Int64
  {
    if !source.isOwn { try taken.write(context) }
    let place = source.isOwn ? "sample_rollup WHERE ?1 = 0" : "source_sample WHERE source_id = ?1"
    return try connection.integer(
      """
      SELECT CAST(total(successes) + total(failures) AS INTEGER) FROM \(place)
      AND component_id = ?2 AND resolution = 60 AND bucket_at = ?3
      """
    ) {
      $0.bind(1, source.id)
      $0.bind(2, component)
      $0.bind(3, minute)
    } ?? 0
  }

  private mutating func insertOutcome(_ row: TransferRow, _ source: ImportSources.Source)
    throws(SQLiteError) -> ImportResult
  {
    let table = TransferTable.outcomes
    let numbers = table.numbers(Self.outcomeFigures, row)
    guard let minute = table.value("minute", row).integer, let name = table.component(row),
      minute % RollupAccumulator.minute == 0
    else { return .refused("is not of a minute") }
    // The ledger's own sums of deleted minutes are in those of hours.
    let keptFrom = try minutesPrunedBefore()
    if source.isOwn && minute < keptFrom { return .duplicate }
    let component = try position(of: name, isCall: false)
    let id = components[component]?.id ?? 0
    if source.isOwn { try end() }
    let place = source.isOwn ? "outcome_rollup WHERE resolution = 60" : "source_outcome WHERE source_id = ?3"
    let former =
      try connection.rows(
        """
        SELECT \(Self.outcomeFigures.joined(separator: ", ")) FROM \(place) AND bucket_at = ?1 AND component_id = ?2
        """
      ) {
        $0.bind(1, minute)
        $0.bind(2, id)
        if !source.isOwn { $0.bind(3, source.id) }
      } _: { row in
        Self.outcomeFigures.indices.map { row.count(Row.Column(integerLiteral: Int32($0))) }
      }.first ?? Self.outcomeFigures.map { _ in 0 }
    var last = Self.later(former, numbers)
    if sources.reopened.contains(ImportSources.Minute(component: id, at: minute)) {
      let calls = try calls(of: source, component: id, minute: minute)
      last = Self.united(former, numbers, calls: calls) ?? last
    }
    guard last != former else { return .duplicate }
    if !source.isOwn {
      let row = try connection.cached(
        """
        INSERT INTO source_outcome (source_id, bucket_at, component_id, \(Self.outcomeFigures.joined(separator: ", ")))
        VALUES (?, ?, ?\(String(repeating: ", ?", count: Self.outcomeFigures.count))) ON CONFLICT DO UPDATE SET
          \(Self.outcomeFigures.map { "\($0) = excluded.\($0)" }.joined(separator: ", "))
        """)
      row.bind(1, source.id)
      row.bind(2, minute)
      row.bind(3, id)
      for (index, number) in last.enumerated() { row.bind(Int32(index + 4), number) }
      try row.runAndReset()
    }
    let added = Dictionary(
      uniqueKeysWithValues: zip(Self.outcomeFigures, zip(last, former).map { $0.subtractingClamped($1) }))
    var executions = ExecutionCounts()
    executions.extraAttempts = added["extra_attempts"] ?? 0
    executions.rejected = added["rejected"] ?? 0
    executions.saved = added["saved"] ?? 0
    executions.degraded = added["degraded"] ?? 0
    executions.undone = added["undone"] ?? 0
    executions.lost = added["lost"] ?? 0
    executions.interrupted = added["interrupted"] ?? 0
    let key = RollupAccumulator.OutcomeKey(component: component, minute: minute)
    outcomes[key, default: (0, ExecutionCounts())].attempts.addClamped(added["attempts"] ?? 0)
    outcomes[key, default: (0, ExecutionCounts())].executions.add(executions)
    return .stored
  }

  /// Takes over of which operations the rejected calls of a minute were. Those of the circuit and the bulkhead are counted by the samples,
  /// at first without their operation: only calls that are counted get one.
  private mutating func insertRejections(_ row: TransferRow, _ source: ImportSources.Source)
    throws(SQLiteError) -> ImportResult
  {
    let table = TransferTable.rejections
    guard let minute = table.value("minute", row).integer, let name = table.component(row),
      let epoch = table.value("epoch", row).integer, let text = table.value("operation", row).text,
      let code = table.value("reason", row).integer, let calls = table.value("calls", row).integer,
      minute % RollupAccumulator.minute == 0
    else { return .refused("is not of a minute") }
    let keptFrom = try minutesPrunedBefore()
    if source.isOwn && minute < keptFrom { return .duplicate }
    let operation = sources.redacts ? Redactor.redact(text) : text
    let reason = RejectionReason(code: code)
    let component = try position(of: name, isCall: false)
    let known = components[component]
    let epochHere = self.epoch(epoch, of: name, known, source)
    if source.isOwn { try end() } else { try taken.write(context) }
    let place = SourceRejections(
      source: source.id, component: known?.id ?? 0, epoch: source.isOwn ? epochHere : epoch,
      minute: minute, reason: code)
    let former = try place.calls(of: operation, connection)
    guard calls > former else { return .duplicate }
    let rejected = RejectedOperation(operation: operation, reason: reason)
    let isSampled = !sources.isSalvage && (reason == .circuit || reason == .bulkhead)
    guard isSampled else {
      if !source.isOwn { try place.add(calls - former, to: operation, connection) }
      rowSums.add(component: component, epoch: epochHere, at: minute, rejected, calls: calls - former)
      return .stored
    }
    if operation == RejectedOperation.merged { return .duplicate }
    let named = min(calls - former, try place.calls(of: RejectedOperation.merged, connection))
    guard named > 0 && minute >= keptFrom else { return .duplicate }
    if !source.isOwn {
      try place.add(named, to: operation, connection)
      try place.add(-named, to: RejectedOperation.merged, connection)
    }
    try end()
    let key = RollupAccumulator.RejectionKey(
      component: component, epoch: epochHere, minute: minute, rejected: rejected)
    try RollupTable.nameMerged(named, key, context)
    return .stored
  }

  private mutating func insertLongest(_ row: TransferRow) throws(SQLiteError) -> ImportResult {
    let table = TransferTable.longestRecoveries
    guard let minute = table.value("minute", row).integer, let name = table.component(row),
      let action = table.value("action", row).integer,
      let microseconds = table.value("duration_max_ms", row).integer
    else { return .refused("is incomplete") }
    let keptFrom = try minutesPrunedBefore()
    if minute < keptFrom { return .duplicate }
    let component = components[try position(of: name, isCall: false)]?.id ?? 0
    let known = try connection.integer(
      """
      SELECT duration_max_us FROM recovery_rollup
      WHERE resolution = 60 AND bucket_at = ? AND component_id = ? AND action = ?
      """
    ) {
      $0.bind(1, minute)
      $0.bind(2, component)
      $0.bind(3, action)
    }
    if let known, known >= microseconds { return .duplicate }
    longest.append((component, action, minute, microseconds))
    return .stored
  }

  private func refusing(_ body: () throws(SQLiteError) -> ImportResult) throws(SQLiteError) -> ImportResult {
    do throws(SQLiteError) {
      return try body()
    } catch {
      guard error.isRefusal else { throw error }
      return .refused("is refused: \(error.message)")
    }
  }
}

extension TransferTable {
  /// Binds the values of ``insertSQL``.
  func bind(_ values: [TransferValue], component: Int64?, process: Int64, to statement: Statement) {
    var position: Int32 = 1
    for (column, value) in zip(columns, values) where column.stored != nil {
      switch value {
      case .null: statement.bindNull(position)
      case .integer(let number): statement.bind(position, number)
      case .real(let number): statement.bind(position, number)
      case .text(let text): statement.bind(position, text)
      }
      position += 1
    }
    if name == "alerts" {
      let row = TransferRow(values: values)
      let kind = value("kind", row).text.flatMap(AlertRecord.Kind.init(rawValue:)) ?? .raised
      let stored = AlertTable.storedKind(kind, isResolved: value("resolved", row).integer != 0)
      statement.bind(position, stored.rawValue)
      statement.bind(position + 1, stored == kind ? nil : kind.rawValue)
      position += 2
    }
    statement.bind(position, component)
    statement.bind(position + 1, process)
  }
}
