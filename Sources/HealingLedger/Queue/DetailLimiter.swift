import Healing

/// Limits the rows of a batch to ``WritePace/callRows`` and ``WritePace/errorRows``, as a pure state machine. Counts
/// stay exact.
///
/// A component with more calls in a second than rows gets one row for that second. The limiter holds the calls until
/// the second is over, because history is append-only: a row cannot be changed once it is written. After such a
/// second it expects another one and holds the calls from the first. Equal errors past the limit are held in the same
/// way. Nothing is held longer than ``longestHold``. A flush, a close, a reset of metrics, and a correction of executions
/// that earlier calls counted take everything.
package struct DetailLimiter {
  /// Longest time that an entry is held, in nanoseconds, also when the clock stands still.
  package static let longestHold: UInt64 = 1_000_000_000
  private static let second: Int64 = 1_000_000

  /// The current second of a component.
  private struct Second {
    let component: ComponentName
    /// Number of the second on the wall clock.
    var number: Int64
    /// Number of calls so far.
    var calls = 0
    /// Whether the second before had more calls than rows.
    var followsBusy = false
    var rows: [CallRow] = []
    /// When `rows` was first held.
    var heldSince: UInt64?
    /// Whether `open` has the component.
    var isOpen = false
  }
  private struct ErrorKey: Hashable {
    let component: ComponentName
    let fingerprint: Fingerprint
  }
  private struct SlotOperation: Hashable {
    let slot: UInt32
    let operation: UInt16
  }

  private let pace: WritePace
  private var seconds: [Second] = []
  /// Positions in `seconds`.
  private var positions: [ComponentName: Int] = [:]
  /// Positions of the seconds with rows.
  private var open: [Int] = []
  /// Monotonic start of the epochs that resets of metrics began in the last seconds: calls before and after it have
  /// rows of their own.
  private var epochStarts: [ComponentName: Int64] = [:]
  /// Number of the second of the last reset.
  private var resetSecond: Int64 = 0
  /// Number of the second in which old seconds were last removed.
  private var sweptAt: Int64 = 0

  private var errorSecond: Int64 = 0
  private var errorCounts: [ErrorKey: Int] = [:]
  private var errors = MergedErrors()
  private var errorsHeldSince: UInt64?
  private var aliases = ErrorAliases()

  /// Number of events that are held.
  package private(set) var events: Int64 = 0
  /// Time at which held entries are due; `nil` when nothing is held.
  package private(set) var dueAt: UInt64?
  /// When the oldest held entry was first held; `nil` when nothing is held.
  package private(set) var heldSince: UInt64?

  package init(_ pace: WritePace) { self.pace = pace }

  /// Replaces calls and errors of a batch by the rows that are due.
  /// - Parameters:
  ///   - clocks: the clocks after the batch was taken.
  ///   - uptime: the time that also advances while `clocks` stands still, in nanoseconds.
  ///   - all: whether nothing is held: the batch has a flush, or is the last one.
  package mutating func limit(
    _ batch: inout WriteQueue.Batch, _ clocks: ClockReading, at uptime: UInt64, all: Bool
  ) {
    guard pace.callRows != nil || pace.errorRows != nil else { return }
    // The calls around a reset of metrics count in two epochs: they keep their own rows, after what is held.
    let hasReset = !batch.queue.resets.isEmpty
    let isComplete = all || hasReset || batch.queue.hasCorrections
    let now = clocks.wall.microseconds / Self.second
    if !hasReset {
      if let limit = pace.callRows { addCalls(of: &batch, clocks, upTo: limit) }
      if let limit = pace.errorRows { addErrors(of: &batch, upTo: limit) }
    }
    if !aliases.isEmpty { batch.queue.replaceErrors(by: &aliases) }
    for (name, reset) in batch.queue.resets { (epochStarts[name], resetSecond) = (reset.monotonic, now) }
    takeCalls(into: &batch, now: now, at: uptime, all: isComplete)
    takeErrors(into: &batch, now: now, at: uptime, all: all || hasReset)
    Self.sort(&batch.rows)
    note(clocks, uptime)
    if sweptAt != now { sweep(now) }
  }

  // MARK: Calls

  private mutating func addCalls(of batch: inout WriteQueue.Batch, _ clocks: ClockReading, upTo limit: Int) {
    addCalls(CallsInOrder(batch.stripes.map(\.calls)), &batch.rows, clocks, upTo: limit)
    for index in batch.stripes.indices { batch.stripes[index].calls.removeAll(keepingCapacity: true) }
  }

  private mutating func addCalls(
    _ calls: CallsInOrder, _ due: inout [CallRow], _ clocks: ClockReading, upTo limit: Int
  ) {
    // Slots are resolved now: their numbers can be used again once the batch is written.
    var slots: [UInt32: Int] = [:]
    var operations: [SlotOperation: String] = [:]
    for call in calls {
      let position: Int
      if let known = slots[call.slot] {
        position = known
      } else {
        position = self.position(of: ComponentSlots.shared.name(of: call.slot) ?? ComponentName("unknown"))
        slots[call.slot] = position
      }
      var operation: String?
      if call.operation > 0 {
        let key = SlotOperation(slot: call.slot, operation: call.operation)
        operation = operations[key] ?? ComponentSlots.shared.operation(call.operation, of: call.slot)
        operations[key] = operation
      }
      add(call, at: clocks.wall(at: call.endedAt), operation, to: position, &due, upTo: limit)
    }
  }

  private mutating func position(of component: ComponentName) -> Int {
    if let known = positions[component] { return known }
    positions[component] = seconds.count
    seconds.append(Second(component: component, number: .min))
    return seconds.count - 1
  }

  private mutating func add(
    _ call: CallSample, at: Int64, _ operation: String?, to position: Int, _ due: inout [CallRow],
    upTo limit: Int
  ) {
    let number = at / Self.second
    if !epochStarts.isEmpty, let start = epochStarts[seconds[position].component], call.endedAt < start {
      // A call from before a reset that was taken with an earlier batch.
      return due.append(CallRow(seconds[position].component, call, at: at, operation: operation))
    }
    if seconds[position].number != number { begin(number, position, &due, upTo: limit) }
    if !seconds[position].isOpen {
      seconds[position].isOpen = true
      open.append(position)
    }
    if call.outcome != nil { seconds[position].calls += 1 }
    let isMerged = seconds[position].calls > limit
    if isMerged && seconds[position].rows.count > 1 { merge(position) }
    // The end of an execution is no call, and needs no row.
    if let last = seconds[position].rows.indices.last, isMerged || call.outcome == nil {
      seconds[position].rows[last].add(call, at: at, operation: operation)
    } else {
      seconds[position].rows.append(CallRow(seconds[position].component, call, at: at, operation: operation))
    }
    if call.outcome != nil { events.addClamped(1) }
  }

  private mutating func merge(_ position: Int) {
    var merged = seconds[position].rows[0]
    for row in seconds[position].rows.dropFirst() { merged.add(row) }
    seconds[position].rows = [merged]
  }

  /// Ends the second of a component, whose rows are due, and begins another.
  private mutating func begin(_ number: Int64, _ position: Int, _ due: inout [CallRow], upTo limit: Int) {
    take(position, into: &due)
    let former = seconds[position]
    seconds[position].followsBusy = former.calls > limit && number == former.number + 1
    seconds[position].number = number
    seconds[position].calls = 0
  }

  private mutating func take(_ position: Int, into due: inout [CallRow]) {
    for row in seconds[position].rows { events.addClamped(-row.counts.total) }
    due += seconds[position].rows
    seconds[position].rows.removeAll(keepingCapacity: true)
    seconds[position].heldSince = nil
  }

  private mutating func takeCalls(
    into batch: inout WriteQueue.Batch, now: Int64, at uptime: UInt64, all: Bool
  ) {
    guard let limit = pace.callRows else { return }
    let candidates = open
    open.removeAll(keepingCapacity: true)
    for position in candidates {
      let second = seconds[position]
      let isDue =
        all || second.number != now || (second.calls <= limit && limit > 0 && !second.followsBusy)
        || second.heldSince.map { uptime >= $0 + Self.longestHold } ?? false
      if isDue {
        take(position, into: &batch.rows)
        seconds[position].isOpen = false
      } else {
        seconds[position].heldSince = second.heldSince ?? uptime
        open.append(position)
      }
    }
  }

  /// Sorts rows by the end of their last call. Rows of one moment keep their order.
  private static func sort(_ rows: inout [CallRow]) {
    guard rows.count > 1 else { return }
    rows = rows.enumerated().sorted {
      $0.element.endedAt == $1.element.endedAt
        ? $0.offset < $1.offset : $0.element.endedAt < $1.element.endedAt
    }.map(\.element)
  }

  // MARK: Errors

  private mutating func addErrors(of batch: inout WriteQueue.Batch, upTo limit: Int) {
    var due: [ErrorContext] = []
    batch.queue.removeErrors { error in
      let second = error.at.microseconds / Self.second
      // An error that comes a little late joins the current second; a clock that was set back begins another.
      if second > errorSecond || second < errorSecond - 1 {
        due += takeErrors()
        (errorSecond, errorCounts) = (second, [:])
      }
      let key = ErrorKey(component: error.component, fingerprint: error.fingerprint)
      let count = (errorCounts[key] ?? 0) + 1
      errorCounts[key] = count
      guard count > limit else { return false }
      var merged = error
      merged.causeID = error.causeID.map(aliases.row)
      aliases.add(error.id, row: errors.add(merged).row)
      events.addClamped(error.events)
      return true
    }
    batch.errors += due
  }

  private mutating func takeErrors() -> [ErrorContext] {
    guard !errors.isEmpty else { return [] }
    let due = errors.all
    for error in due { events.addClamped(-error.events) }
    errors = MergedErrors()
    errorsHeldSince = nil
    return due
  }

  private mutating func takeErrors(
    into batch: inout WriteQueue.Batch, now: Int64, at uptime: UInt64, all: Bool
  ) {
    guard !errors.isEmpty else { return }
    let since = errorsHeldSince ?? uptime
    errorsHeldSince = since
    if all || errorSecond != now || uptime >= since + Self.longestHold { batch.errors += takeErrors() }
  }

  // MARK: Times

  private mutating func note(_ clocks: ClockReading, _ uptime: UInt64) {
    heldSince = errorsHeldSince
    for position in open {
      if let since = seconds[position].heldSince { heldSince = min(heldSince ?? since, since) }
    }
    let rest = Self.second - clocks.wall.microseconds % Self.second
    dueAt = heldSince.map { min(uptime + UInt64(max(1, rest)) * 1_000, $0 + Self.longestHold) }
  }

  /// Removes the components without calls since the second before.
  private mutating func sweep(_ now: Int64) {
    sweptAt = now
    if resetSecond < now - 1 || resetSecond > now { epochStarts = [:] }
    guard seconds.contains(where: { !$0.isOpen && $0.number < now - 1 }) else { return }
    seconds.removeAll { !$0.isOpen && $0.number < now - 1 }
    positions = Dictionary(uniqueKeysWithValues: seconds.enumerated().map { ($1.component, $0) })
    open = seconds.indices.filter { seconds[$0].isOpen }
  }
}
