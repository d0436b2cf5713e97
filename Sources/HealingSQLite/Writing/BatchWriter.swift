import HealingLedger
import Healing

/// Writes a batch in one transaction: history, projections and roll-ups. Used by one thread at a time.
struct BatchWriter {
  private let connection: Connection
  private let run: ProcessTable.Run
  private let ids: LedgerIDGenerator
  private let time: any TimeSource
  /// The components of the current batch.
  private var components = ComponentIDCache()

  init(connection: Connection, run: ProcessTable.Run, ids: LedgerIDGenerator, time: any TimeSource) {
    self.connection = connection
    self.run = run
    self.ids = ids
    self.time = time
  }

  private var process: Int64 { run.id }

  /// The result of a batch whose transaction did not fail.
  enum Outcome {
    /// - refused: number of events that SQLite refused.
    case written(refused: Int64)
    /// The file has no row of this run, so it is another file than the one in which the run was registered.
    /// Nothing was written.
    case runUnknown
  }

  /// Writes a batch under its number.
  /// - Parameter oneByOne: skips entries that SQLite refuses and counts them in a `gap`. It is slower, so it is
  ///   only for a batch of which an entry was refused.
  /// - Parameter mayCommit: runs before the commit. When it throws, nothing is written.
  /// - Throws: when the transaction failed. A failed *commit* may still have taken effect: check
  ///   ``committed(_:)``.
  mutating func write(
    _ batch: WriteQueue.Batch, number: Int64, oneByOne: Bool = false,
    mayCommit: () throws(SQLiteError) -> Void = {}
  ) throws(SQLiteError) -> Outcome {
    do throws(SQLiteError) {
      try connection.run("BEGIN IMMEDIATE")
      // Checked first, so that no row can refer to a missing run.
      guard try ProcessTable.noteBatch(number, of: run, at: time.wallClock(), connection) else {
        try connection.run("ROLLBACK")
        return .runUnknown
      }
      let refused = try writeRows(of: batch, oneByOne: oneByOne)
      try mayCommit()
      try connection.run("COMMIT")
      return .written(refused: refused)
    } catch {
      try? connection.run("ROLLBACK")
      throw error
    }
  }

  /// Whether a batch is in the file, whatever its commit returned; `nil` when the file has no row of this run.
  func committed(_ number: Int64) throws(SQLiteError) -> Bool? {
    try ProcessTable.lastBatch(of: run, connection).map { $0 >= number }
  }

  /// - Returns: number of refused events.
  private mutating func writeRows(of batch: WriteQueue.Batch, oneByOne: Bool) throws(SQLiteError)
    -> Int64
  {
    let clocks = ClockReading(time)
    let now = clocks.wall
    let entries = batch.queue.all
    // Resolved again for every batch: another process may have started an epoch meanwhile.
    components = ComponentIDCache()
    var attempts = SavepointGuard(connection: connection, oneByOne: oneByOne, gaps: batch.queue.gaps)
    try resolveComponents(of: batch, entries, clocks, &attempts)
    for entry in entries { try apply(entry, at: now, &attempts) }
    for (name, reset) in batch.queue.resets { try apply(reset, of: name, batch.epochs, &attempts) }
    let context = WriteContext(
      connection: connection, process: process, now: now.microseconds, components: components)

    // A row is added to the sums after it was written, so the sums contain no refused entry.
    var sums = RollupAccumulator()
    try writeCalls(of: batch, clocks, context, &sums, &attempts)
    for error in batch.errors {
      _ = try attempts.run(error.component, events: error.events) { () throws(SQLiteError) in
        // Before every entry of the queue, so before a reset in it.
        try write(.error(error), at: -1, context, &sums)
      }
    }
    let lastEnds = Self.lastEnds(in: entries)
    for (place, entry) in entries.enumerated() {
      // Deleted again by the same transaction: not written.
      if case .recoveryStarted(let start) = entry, lastEnds[start.executionID] ?? -1 > place { continue }
      let isIn = try attempts.run(entry.component, events: entry.events) { () throws(SQLiteError) in
        try write(entry, at: place, context, &sums)
      }
      // The recovery's end must be recorded even so; otherwise the next start would mark it interrupted.
      if !isIn, case .recovery(let recovery) = entry, let execution = recovery.executionID {
        _ = try attempts.run(nil, events: 0) { () throws(SQLiteError) in
          try RecoveryTable.finish(execution: execution, context)
        }
      }
    }
    for (name, snapshot) in batch.queue.breakers {
      _ = try attempts.run(name, events: 1) { () throws(SQLiteError) in
        try BreakerTable.write(snapshot, hasMoved: batch.queue.movedBreakers.contains(name), context)
      }
    }
    for (key, events) in attempts.gaps {
      _ = try attempts.run(nil, events: 0) { () throws(SQLiteError) in
        try GapTable.insert(id: ids.next(), at: now, key, events: events, context)
      }
    }
    sums.endRuns()
    try RollupTable.write(sums, context)
    return attempts.refused
  }

  /// Returns the position of each execution's last ended recovery.
  private static func lastEnds(in entries: [LedgerEntry]) -> [LedgerID: Int] {
    var ends: [LedgerID: Int] = [:]
    for (place, entry) in entries.enumerated() {
      switch entry {
      case .recovery(let recovery): if let execution = recovery.executionID { ends[execution] = place }
      case .recoveryEnded(let execution): ends[execution] = place
      default: break
      }
    }
    return ends
  }

  private mutating func resolveComponents(
    of batch: WriteQueue.Batch, _ entries: [LedgerEntry], _ clocks: ClockReading,
    _ attempts: inout SavepointGuard
  ) throws(SQLiteError) {
    let epochs = batch.epochs
    for stripe in batch.stripes {
      for call in stripe.calls { try resolve(slot: call.slot, epochs, clocks, &attempts) }
      for slot in stripe.merged.keys { try resolve(slot: slot, epochs, clocks, &attempts) }
    }
    for row in batch.rows { try resolve(row.component, epochs, clocks, &attempts) }
    for error in batch.errors { try resolve(error.component, epochs, clocks, &attempts) }
    for entry in entries {
      if let component = entry.component { try resolve(component, epochs, clocks, &attempts) }
    }
    for (name, reset) in batch.queue.resets where reset.count > 0 {
      try resolve(name, epochs, clocks, &attempts)
    }
    for name in batch.queue.breakers.keys { try resolve(name, epochs, clocks, &attempts) }
    for case let component? in batch.queue.gaps.keys.map(\.component) {
      try resolve(component, epochs, clocks, &attempts)
    }
  }

  private mutating func resolve(
    slot: UInt32, _ epochs: EpochMemory, _ clocks: ClockReading, _ attempts: inout SavepointGuard
  ) throws(SQLiteError) {
    guard components.position(ofSlot: slot) == nil else { return }
    // A slot keeps its name until its samples are written.
    let name = ComponentSlots.shared.name(of: slot) ?? ComponentName("unknown")
    components.add(slot: slot, at: try resolve(name, epochs, clocks, &attempts))
  }

  /// Resolves a component. A refused component has no id, so its rows are refused as well.
  /// - Returns: position of the component in the batch.
  @discardableResult
  private mutating func resolve(
    _ name: ComponentName, _ epochs: EpochMemory, _ clocks: ClockReading, _ attempts: inout SavepointGuard
  ) throws(SQLiteError) -> UInt32 {
    if let position = components.position(of: name) { return position }
    var known: KnownComponent?
    let connection = connection
    _ = try attempts.run(nil, events: 0) { () throws(SQLiteError) in
      known = try ComponentTable.resolve(name, at: clocks.wall, connection)
    }
    if var found = known {
      let mark = epochs.mark(name, startedAt: found.epochStartedAt, at: clocks.monotonic)
      (found.epochKnownSince, found.isOwnEpoch) = (mark.since, mark.isOwn)
      found.isNewEpoch = mark.since == clocks.monotonic
      known = found
    }
    return components.add(name, known)
  }

  /// Applies an entry that makes a component known or forgets it.
  private mutating func apply(
    _ entry: LedgerEntry, at now: Timestamp, _ attempts: inout SavepointGuard
  ) throws(SQLiteError) {
    let name: ComponentName
    let forgetting: (id: LedgerID, at: Timestamp, actor: String?)?
    switch entry {
    case .component(let component): (name, forgetting) = (component, nil)
    case .forgotten(let component, let id, let at, let actor):
      (name, forgetting) = (component, (id, at, actor))
    default: return
    }
    // A component to be forgotten is looked up here, because forgetting does not make it known.
    let known =
      if let position = components.position(of: name) { components[position] } else {
        try ComponentTable.find(name, connection)
      }
    guard var known else { return }
    let (connection, process) = (connection, process)
    let isDone = try attempts.run(name, events: 1) { () throws(SQLiteError) in
      if let (id, at, actor) = forgetting {
        try ComponentTable.forget(&known, id: id, at: at, by: actor, process: process, connection)
      } else if known.isForgotten {
        try ComponentTable.makeKnown(&known, at: now, process: process, connection)
      }
    }
    guard isDone else { return }
    if let position = components.position(of: name) {
      components[position] = known
    } else {
      components.add(name, known)
    }
  }

  /// Starts a new epoch of a component's metrics. If the component was forgotten last, that has already started
  /// it.
  private mutating func apply(
    _ reset: EntryQueue.Reset, of name: ComponentName, _ epochs: EpochMemory, _ attempts: inout SavepointGuard
  ) throws(SQLiteError) {
    guard let position = components.position(of: name), var known = components[position] else { return }
    let connection = connection
    let isDone = try attempts.run(name, events: reset.count) { () throws(SQLiteError) in
      guard reset.count > 0 else { return }
      try ComponentTable.startEpoch(of: &known, count: reset.count, at: reset.at, connection)
    }
    guard isDone else { return }
    (known.epochKnownSince, known.isOwnEpoch) = (reset.monotonic, true)
    known.resetPosition = reset.position
    components[position] = known
    epochs.wrote(name, startedAt: reset.at)
  }

  private func writeCalls(
    of batch: WriteQueue.Batch, _ clocks: ClockReading, _ context: WriteContext,
    _ sums: inout RollupAccumulator,
    _ attempts: inout SavepointGuard
  ) throws(SQLiteError) {
    let row = try connection.cached(SampleTable.insertSQL)
    for calls in batch.rows {
      let position = components.position(of: calls.component) ?? 0
      let known = components[position]
      guard calls.counts.total > 0 else {
        sums.add(component: position, at: calls.at, calls.executions)
        continue
      }
      let epoch = known?.epoch(ofCallEndedAt: calls.endedAt, at: calls.at) ?? 0
      let isIn = try attempts.run(calls.component, events: calls.counts.total) { () throws(SQLiteError) in
        try SampleTable.insert(
          id: ids.next(at: clocks.wall), at: calls.at, component: known?.id ?? 0, process: process,
          epoch: epoch, calls.counts, with: row)
      }
      guard isIn else { continue }
      sums.add(component: position, epoch: epoch, at: calls.at, calls.counts)
      sums.add(component: position, at: calls.at, calls.executions)
      for (rejected, count) in calls.rejections {
        sums.add(component: position, epoch: epoch, at: calls.at, rejected, calls: count)
      }
    }
    // Summed by number: an outage has many rejected calls of few operations.
    var rejections: [RejectedCalls: Int64] = [:]
    for call in CallsInOrder(batch.stripes.map(\.calls)) {
      let position = components.position(ofSlot: call.slot) ?? 0
      // Calls have monotonic times; the offset to the wall clock is read once per batch.
      let at = clocks.wall(at: call.endedAt)
      let known = components[position]
      guard let outcome = call.outcome else {
        var executions = ExecutionCounts()
        executions.add(call)
        sums.add(component: position, at: at, executions)
        continue
      }
      let epoch = known?.epoch(ofCallEndedAt: call.endedAt, at: at) ?? 0
      let microseconds = call.durationNanoseconds / 1000
      let isIn = try attempts.run(components.name(at: position), events: 1) { () throws(SQLiteError) in
        var counts = CallCounts()
        counts.add(
          outcome, microseconds: microseconds, isStale: call.isStale, rejection: call.rejection)
        try SampleTable.insert(
          id: ids.next(at: clocks.wall), at: at, component: known?.id ?? 0, process: process, epoch: epoch,
          counts, with: row)
      }
      guard isIn else { continue }
      sums.add(
        component: position, epoch: epoch, at: at, outcome, microseconds: microseconds,
        isStale: call.isStale, rejection: call.rejection)
      if call.isPlain { continue }
      var executions = ExecutionCounts()
      executions.add(call)
      sums.add(component: position, at: at, executions)
      guard outcome == .rejected, let reason = call.rejection else { continue }
      let rejected = RejectedCalls(
        component: position, slot: call.slot, operation: call.operation, reason: reason, epoch: epoch,
        minute: at / RollupAccumulator.minute)
      rejections[rejected, default: 0] &+= 1
    }
    for stripe in batch.stripes {
      for (slot, merged) in stripe.merged {
        let position = components.position(ofSlot: slot) ?? 0
        let at = clocks.wall(at: merged.endedAt)
        let epoch = components[position]?.epoch(ofCallEndedAt: merged.endedAt, at: at) ?? 0
        let component = components.name(at: position)
        guard merged.counts.total > 0 else {
          sums.add(component: position, at: at, merged.executions)
          continue
        }
        let isIn = try attempts.run(component, events: merged.counts.total) { () throws(SQLiteError) in
          try SampleTable.insert(
            id: ids.next(), at: at, component: components[position]?.id ?? 0, process: process,
            epoch: epoch, merged.counts, with: row)
        }
        guard isIn else { continue }
        sums.add(component: position, epoch: epoch, at: at, merged.counts)
        sums.add(component: position, at: at, merged.executions)
        for (rejected, calls) in merged.rejectedOperations(of: slot) {
          sums.add(component: position, epoch: epoch, at: at, rejected, calls: calls)
        }
        guard merged.counts.total > 1 else { continue }
        attempts.gaps[GapKey(component: component, kind: .samplesMerged), default: 0].addClamped(
          merged.counts.total)
      }
    }
    for (rejected, calls) in rejections {
      let operation = ComponentSlots.shared.operation(rejected.operation, of: rejected.slot)
      sums.add(
        component: rejected.component, epoch: rejected.epoch, at: rejected.minute * RollupAccumulator.minute,
        RejectedOperation(operation: operation ?? RejectedOperation.merged, reason: rejected.reason),
        calls: calls)
    }
  }

  /// The key of rejected calls of one operation, reason and minute in a batch.
  private struct RejectedCalls: Hashable {
    let component: UInt32
    let slot: UInt32
    let operation: UInt16
    let reason: RejectionReason
    let epoch: Int64
    let minute: Int64
  }

  private func write(
    _ entry: LedgerEntry, at place: Int, _ context: WriteContext, _ sums: inout RollupAccumulator
  ) throws(SQLiteError) {
    switch entry {
    case .component, .breaker, .metricsReset, .unprotectedCalls:
      return  // Done with the components and the breakers.
    case .forgotten(let name, _, let at, _):
      // In order with the entries, not with the components: policies recorded before it must not come after it.
      try PolicyTable.forget(component: context.componentID(name), at: at, process: process, connection)
    case .error(let error):
      guard try ErrorTable.insert(error, context) else { return }
      try FeedTable.append(.error, error.id, context)
      let position = components.position(of: error.component) ?? 0
      sums.add(component: position, error)
      if error.severity == .critical {
        let at = error.at.microseconds
        sums.addCritical(
          component: position,
          epoch: context.epoch(error.component, ofEntryAt: place, at: at),
          at: at, count: Int64(max(1, error.occurrences)))
      }
    case .sample(let sample):
      let position = components.position(of: sample.component) ?? 0
      let at = sample.at.microseconds
      let epoch = context.epoch(sample.component, ofEntryAt: place, at: at)
      // A sample without calls only counts how executions ended.
      if sample.counts.total > 0 {
        let row = try connection.cached(SampleTable.insertSQL)
        try SampleTable.insert(
          id: ids.next(), at: at, component: context.componentID(sample.component), process: process,
          epoch: epoch, sample.counts, with: row)
        sums.add(component: position, epoch: epoch, at: at, sample.counts)
      }
      sums.add(component: position, at: at, sample.executions)
      for (rejected, calls) in sample.rejections {
        sums.add(component: position, epoch: epoch, at: at, rejected, calls: calls)
      }
    case .rejection(let call):
      try RejectedCallTable.insert(call, context)
    case .policy(let change):
      try PolicyTable.insert(change, context)
    case .note(let note):
      try IncidentNoteTable.insert(note, connection)
    case .check(let check):
      guard try CheckTable.insert(check, context) else { return }
      try FeedTable.append(.check, check.id, context)
    case .alert(let alert):
      guard try AlertTable.insert(alert, context) else { return }
      try FeedTable.append(.alert, alert.id, context)
    case .recoveryStarted(let start):
      try RecoveryTable.insert(start, context)
    case .recoveryEnded(let execution):
      try RecoveryTable.finish(execution: execution, context)
    case .recovery(let recovery):
      guard try RecoveryTable.insert(recovery, context) else { return }
      try FeedTable.append(.recovery, recovery.id, context)
      if let execution = recovery.executionID { try RecoveryTable.finish(execution: execution, context) }
      let position = components.position(of: recovery.component) ?? 0
      sums.add(component: position, recovery)
      // Only the marking of dead runs records this outcome.
      guard recovery.outcome == .interrupted else { return }
      var executions = ExecutionCounts()
      executions.add(.interrupted, Int64(max(1, recovery.occurrences)))
      sums.add(component: position, at: recovery.at.microseconds, executions)
    case .transition(let transition, _):
      guard try BreakerTable.insert(transition, context) else { return }
      try FeedTable.append(.transition, transition.id, context)
    }
  }
}
