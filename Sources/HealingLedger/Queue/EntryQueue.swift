package import Healing

/// The queue of entries other than per-call samples, as a pure state. Bounded in number and in bytes, and exact in what it
/// counts:
///
/// - Past ``capacity`` or ``textCapacity`` errors, recoveries and samples are merged, count for count.
/// - Checks are dropped there, transitions and alerts past ``hardCapacity`` or ``hardTextCapacity``, and so are starts of
///   recoveries.
/// - What must not be missing is never dropped, since there is one of it a component or an execution: that a component is
///   known or forgotten, that its metrics count anew, its breaker, and ends of recoveries whose start was kept.
///
/// ``gaps`` has the number of all that was given up.
package struct EntryQueue {
  /// Entries that are kept one by one.
  package static let capacity = 8_192
  /// Bytes of text in the entries that are kept one by one.
  package static let textCapacity = 4 << 20
  /// State changes and the like, which cannot be merged, have this much room.
  package static let hardCapacity = 65_536
  package static let hardTextCapacity = 4 * textCapacity

  /// From where on a component's metrics count anew.
  package struct Reset {
    /// When they were last reset, or the component forgotten.
    package var at: Timestamp
    /// The same moment on the monotonic clock.
    package var monotonic: Int64
    /// How many of ``entries`` came before it.
    package var position: Int
    /// How many resets there were since the component was last forgotten.
    package var count: Int64
  }

  package private(set) var entries: [LedgerEntry] = []
  /// How many events it stands for, those included that were given up.
  package private(set) var events: Int64 = 0
  /// Components that were forgotten and that are known, as far as there is no entry of it. The former comes first.
  private var lateForgotten: [ComponentName: LedgerEntry] = [:]
  private var lateKnown: Set<ComponentName> = []
  /// The last change of each component's policy for which there was no room.
  private var latePolicies: [ComponentName: PolicyChange] = [:]
  /// Components whose metrics count anew.
  package private(set) var resets: [ComponentName: Reset] = [:]
  /// The latest snapshot of each breaker.
  package private(set) var breakers: [ComponentName: BreakerSnapshot] = [:]
  /// Those among them that changed state, or that an operator forced, lifted or reset.
  package private(set) var movedBreakers: Set<ComponentName> = []
  /// The latest revision of each breaker that was ever kept: an older snapshot may come after the batch that had it.
  private var revisions: [ComponentName: UInt64] = [:]
  /// Components that were forgotten since the last batch and not made known again.
  private var forgotten: Set<ComponentName> = []
  package private(set) var gaps: [GapKey: Int64] = [:]
  private var text = 0
  private var mergedErrors = MergedErrors()
  private var mergedRecoveries = MergedRecoveries()
  private var mergedSamples: [ComponentName: (sample: HealthSample, isMerged: Bool)] = [:]
  /// Executions under way whose start was kept, in this queue or one before: their end must be known, or the next process
  /// would take them for interrupted.
  private var started: Set<LedgerID> = []
  /// Those of them that have ended without an entry of their own.
  private var ended: Set<LedgerID> = []

  package var isEmpty: Bool {
    entries.isEmpty && hasNothingLate && resets.isEmpty && breakers.isEmpty && hasNothingMerged
      && gaps.isEmpty
  }

  private var hasNothingLate: Bool { lateForgotten.isEmpty && lateKnown.isEmpty && latePolicies.isEmpty }

  private var hasNothingMerged: Bool {
    mergedErrors.isEmpty && mergedRecoveries.isEmpty && mergedSamples.isEmpty && ended.isEmpty
  }

  /// History in the order to be written: as it came, then what was merged.
  package var all: [LedgerEntry] {
    if hasNothingMerged && hasNothingLate { return entries }
    var all = entries
    all += lateForgotten.values
    all += lateKnown.map { .component($0) }
    all += latePolicies.values.map { .policy($0) }
    all += ended.map { .recoveryEnded($0) }
    all += mergedErrors.all.map { .error($0) }
    all += mergedRecoveries.all.map { .recovery($0) }
    all += mergedSamples.values.map { .sample($0.sample) }
    return all
  }

  package init() {}

  /// A queue of a few entries, all of them kept one by one.
  package init(_ entries: [LedgerEntry]) {
    self.entries = entries
    events = entries.reduce(0) { $0.addingClamped($1.events) }
  }

  /// - Parameter monotonic: the monotonic clock, for what lets metrics count anew.
  package mutating func append(_ entry: LedgerEntry, at monotonic: Int64 = 0) {
    // Most of what comes in an outage; the way below takes an entry apart several times.
    if case .error(let error) = entry { return append(error, entry) }
    events.addClamped(entry.events)
    switch entry {
    case .component(let name):
      // What was kept since then is from before it was forgotten.
      if forgotten.remove(name) != nil { dropBreaker(of: name) }
      if !appendHard(entry) { lateKnown.insert(name) }
    case .forgotten(let name, _, let at, _):
      dropBreaker(of: name)
      latePolicies[name] = nil
      forgotten.insert(name)
      // It begins an epoch by itself.
      reset(name, at: at, monotonic, count: 0)
      if !appendHard(entry) { forgetLate(name, entry) }
    case .unprotectedCalls(let count):
      gaps[GapKey(component: nil, kind: .componentsRefused), default: 0].addClamped(count)
    case .metricsReset(let name, let at):
      reset(name, at: at, monotonic, count: (resets[name]?.count ?? 0) + 1)
    case .breaker(let snapshot): keep(snapshot, hasMoved: false)
    case .transition(let transition, let snapshot):
      keep(snapshot, hasMoved: true)
      movedBreakers.insert(transition.component)
      if !appendHard(entry) { giveUp(1, .transitionsDropped, of: transition.component) }
    case .alert(let alert):
      if !appendHard(entry) { giveUp(1, .alertsDropped, of: alert.component) }
    case .error(let error): append(error, entry)
    case .sample(let sample):
      // What takes executions away belongs to its own minute.
      if sample.executions.foundAgain > 0 || sample.executions.reportedExtra > 0 {
        if !appendHard(entry) { giveUp(1, .samplesMerged, of: sample.component) }
      } else if !appendSoft(entry) {
        merge(sample)
      }
    case .check(let check): if !appendSoft(entry) { giveUp(1, .checksDropped, of: check.component) }
    // Its sample counts it.
    case .rejection(let call): if !appendSoft(entry) { giveUp(1, .rejectionsMerged, of: call.component) }
    case .policy(let change): if !appendHard(entry) { latePolicies[change.component] = change }
    case .recoveryStarted(let start): begin(start)
    case .recoveryEnded(let execution):
      // Of a start that was not kept there is nothing to end.
      if started.remove(execution) != nil { ended.insert(execution) } else { _ = appendHard(entry) }
    case .recovery(let recovery): end(recovery)
    }
  }

  /// - Parameter entry: the entry of `error`.
  private mutating func append(_ error: ErrorContext, _ entry: LedgerEntry) {
    events.addClamped(error.events)
    if !append(entry, of: error.text, upTo: Self.capacity, text: Self.textCapacity) {
      giveUp(mergedErrors.add(error), .errorsMerged, of: error.component)
    }
  }

  /// Keeps an entry if there is room for what could be merged or missed.
  private mutating func appendSoft(_ entry: LedgerEntry) -> Bool {
    append(entry, of: entry.text, upTo: Self.capacity, text: Self.textCapacity)
  }

  /// Keeps an entry if there is any room.
  private mutating func appendHard(_ entry: LedgerEntry) -> Bool {
    append(entry, of: entry.text, upTo: Self.hardCapacity, text: Self.hardTextCapacity)
  }

  private mutating func append(
    _ entry: LedgerEntry, of text: Int, upTo capacity: Int, text capacityOfText: Int
  ) -> Bool {
    guard entries.count < capacity && self.text + text <= capacityOfText else { return false }
    entries.append(entry)
    self.text += text
    return true
  }

  private mutating func giveUp(_ events: Int64, _ kind: GapKey.Kind, of component: ComponentName) {
    if events > 0 { gaps[GapKey(component: component, kind: kind), default: 0].addClamped(events) }
  }

  // MARK: Recoveries under way

  private mutating func begin(_ start: RecoveryStart) {
    guard started.count < Self.hardCapacity, appendSoft(.recoveryStarted(start)) else {
      return giveUp(1, .startsDropped, of: start.component)
    }
    started.insert(start.executionID)
    // It goes on: what is written of its end comes after this entry.
    ended.remove(start.executionID)
  }

  private mutating func end(_ recovery: RecoveryRecord) {
    let wasStarted = recovery.executionID.map { started.remove($0) != nil } ?? false
    if appendSoft(.recovery(recovery)) { return }
    if wasStarted, let execution = recovery.executionID { ended.insert(execution) }
    giveUp(mergedRecoveries.add(recovery), .recoveriesMerged, of: recovery.component)
  }

  // MARK: Samples and resets

  private mutating func merge(_ sample: HealthSample) {
    guard var merged = mergedSamples[sample.component] else {
      mergedSamples[sample.component] = (sample, false)
      return
    }
    let lost = sample.counts.total.addingClamped(merged.isMerged ? 0 : merged.sample.counts.total)
    merged.sample.counts.add(sample.counts)
    merged.sample.executions.add(sample.executions)
    merged.sample.rejections.merge(sample.rejections) { $0.addingClamped($1) }
    merged.sample.at = sample.at
    merged.isMerged = true
    mergedSamples[sample.component] = merged
    giveUp(lost, .samplesMerged, of: sample.component)
  }

  private mutating func reset(_ name: ComponentName, at: Timestamp, _ monotonic: Int64, count: Int64) {
    // What was merged before the reset must not count after it.
    if let merged = mergedSamples[name], entries.count < Self.hardCapacity {
      mergedSamples[name] = nil
      entries.append(.sample(merged.sample))
    }
    resets[name] = Reset(at: at, monotonic: monotonic, position: entries.count, count: count)
  }

  /// Keeps calls of a component that were merged before they came here.
  package mutating func append(merged sample: HealthSample) {
    events.addClamped(sample.counts.total)
    if appendHard(.sample(sample)) {
      if sample.counts.total > 1 { giveUp(sample.counts.total, .samplesMerged, of: sample.component) }
    } else {
      merge(sample)
    }
  }

  // MARK: Forgotten components

  /// Of several times that a component is forgotten and known again, for which there is no room, the last stands.
  private mutating func forgetLate(_ name: ComponentName, _ entry: LedgerEntry) {
    let isLost = lateForgotten.updateValue(entry, forKey: name) != nil
    lateKnown.remove(name)
    if isLost { giveUp(1, .changesDropped, of: name) }
  }

  // MARK: Breakers

  private mutating func dropBreaker(of name: ComponentName) {
    breakers[name] = nil
    movedBreakers.remove(name)
  }

  /// - Parameter hasMoved: the state or the override, whose versions say what is later; a count that comes late is
  ///   passed over.
  private mutating func keep(_ snapshot: BreakerSnapshot, hasMoved: Bool) {
    let latest = revisions[snapshot.component] ?? 0
    guard hasMoved || snapshot.revision >= latest else { return }
    revisions[snapshot.component] = max(latest, snapshot.revision)
    breakers[snapshot.component, default: snapshot].merge(snapshot)
  }

  // MARK: For the writer

  /// Empties the queue.
  /// - Parameter room: for the entries to come; as a large array grows, its pages are taken from the system anew.
  /// - Returns: what was in it.
  package mutating func take(reusing room: consuming [LedgerEntry]) -> EntryQueue {
    var taken = EntryQueue()
    swap(&taken, &self)
    // Moved and not copied: they are of the process's life.
    swap(&revisions, &taken.revisions)
    for name in taken.forgotten { revisions[name] = nil }
    swap(&started, &taken.started)
    entries = room
    return taken
  }

  /// Gives up the entries.
  /// - Returns: their room; none where a burst has made it larger than usual.
  package mutating func recycle() -> [LedgerEntry] {
    var room: [LedgerEntry] = []
    swap(&room, &entries)
    room.removeAll(keepingCapacity: room.count <= Self.capacity)
    return room
  }
}
