package import Healing

/// The queue of all entries other than per-call samples, as a pure state machine. It is bounded in number and
/// in bytes, and its counts are exact:
///
/// - Past ``capacity`` or ``textCapacity``, errors, recoveries and samples are merged with exact counts. Checks
///   and starts of recoveries are dropped, and rejected calls lose their rows.
/// - Past ``hardCapacity`` or ``hardTextCapacity``, transitions and alerts are dropped.
/// - Entries that must not be missing are never dropped, because the queue keeps one per component or per
///   execution: that a component is known or forgotten, a reset of its metrics, its policy, its breaker, and
///   the end of a recovery whose start was kept.
///
/// ``gaps`` counts the events that were merged or dropped.
package struct EntryQueue {
  /// Maximum number of entries up to which all kinds are kept individually.
  package static let capacity = 8_192
  /// The corresponding limit of text, in bytes.
  package static let textCapacity = 4 << 20
  /// Maximum number of entries for state changes and other entries that cannot be merged.
  package static let hardCapacity = 65_536
  package static let hardTextCapacity = 4 * textCapacity

  private struct CorrectionKey: Hashable {
    let component: ComponentName
    let minute: Int64
  }

  /// A reset of a component's metrics.
  package struct Reset {
    /// Time of the last reset, or when the component was forgotten.
    package var at: Timestamp
    /// The same moment on the monotonic clock.
    package var monotonic: Int64
    /// Number of ``entries`` before it.
    package var position: Int
    /// Number of resets since the component was last forgotten.
    package var count: Int64
  }

  package private(set) var entries: [LedgerEntry] = []
  /// Whether an entry is written within milliseconds and does not wait as calls do.
  private var hasUrgent = false
  /// Number of events in the queue, including merged and dropped ones.
  package private(set) var events: Int64 = 0
  /// Changes without room in ``entries``: components that were forgotten, and those that are known. The former
  /// are written first.
  private var lateForgotten: [ComponentName: LedgerEntry] = [:]
  private var lateKnown: Set<ComponentName> = []
  /// The last policy change of each component without room in ``entries``.
  private var latePolicies: [ComponentName: PolicyChange] = [:]
  /// Whether a sample corrects executions that earlier calls counted.
  package private(set) var hasCorrections = false
  /// Corrections without room in ``entries``, summed by component and minute.
  private var lateCorrections: [CorrectionKey: HealthSample] = [:]
  /// Resets of the components' metrics.
  package private(set) var resets: [ComponentName: Reset] = [:]
  /// The latest snapshot of each breaker.
  package private(set) var breakers: [ComponentName: BreakerSnapshot] = [:]
  /// Breakers that changed state, or that an operator forced, released or reset.
  package private(set) var movedBreakers: Set<ComponentName> = []
  /// The latest revision of each breaker over all batches: an older snapshot may arrive after the batch with a
  /// newer one.
  private var revisions: [ComponentName: UInt64] = [:]
  /// Components that were forgotten since the last batch and are not known again.
  private var forgotten: Set<ComponentName> = []
  package private(set) var gaps: [GapKey: Int64] = [:]
  /// Number of events that were merged or dropped. Calls on refused components are not among them.
  package var mergedEvents: Int64 {
    gaps.reduce(0) { $1.key.kind == .componentsRefused ? $0 : $0.addingClamped($1.value) }
  }
  private var text = 0
  private var mergedErrors = MergedErrors()
  private var mergedRecoveries = MergedRecoveries()
  private var mergedSamples: [ComponentName: (sample: HealthSample, isMerged: Bool)] = [:]
  /// Executions in progress whose start was kept, in this queue or an earlier one. Their ends must be written;
  /// otherwise the next start would mark them interrupted.
  private var started: Set<LedgerID> = []
  /// Executions of `started` that have ended without an entry for their end.
  private var ended: Set<LedgerID> = []

  package var isEmpty: Bool {
    entries.isEmpty && hasNothingLate && resets.isEmpty && breakers.isEmpty && hasNothingMerged
      && gaps.isEmpty
  }

  private var hasNothingLate: Bool {
    lateForgotten.isEmpty && lateKnown.isEmpty && latePolicies.isEmpty && lateCorrections.isEmpty
  }

  private var hasNothingMerged: Bool {
    mergedErrors.isEmpty && mergedRecoveries.isEmpty && mergedSamples.isEmpty && ended.isEmpty
  }

  /// Entries in writing order: in order of arrival, then the merged ones.
  package var all: [LedgerEntry] {
    if hasNothingMerged && hasNothingLate { return entries }
    var all = entries
    all += lateForgotten.values
    all += lateKnown.map { .component($0) }
    all += latePolicies.values.map { .policy($0) }
    all += lateCorrections.values.map { .sample($0) }
    all += ended.map { .recoveryEnded($0) }
    all += mergedErrors.all.map { .error($0) }
    all += mergedRecoveries.all.map { .recovery($0) }
    all += mergedSamples.values.map { .sample($0.sample) }
    return all
  }

  /// Whether the writer must not wait: for an urgent entry, or because half the room is used.
  package var isUrgent: Bool {
    hasUrgent || entries.count >= Self.capacity / 2 || text >= Self.textCapacity / 2
  }

  package init() {}

  /// Creates a queue of a few entries, all kept individually.
  package init(_ entries: [LedgerEntry]) {
    self.entries = entries
    events = entries.reduce(0) { $0.addingClamped($1.events) }
  }

  /// - Parameter monotonic: time on the monotonic clock, for entries that start an epoch.
  package mutating func append(_ entry: LedgerEntry, at monotonic: Int64 = 0) {
    // A fast path: most entries during an outage are errors, and the switch below copies an entry several
    // times.
    if case .error(let error) = entry { return append(error, entry) }
    if !entry.canWait { hasUrgent = true }
    events.addClamped(entry.events)
    switch entry {
    case .component(let name):
      // The snapshot kept since then is from before the component was forgotten.
      if forgotten.remove(name) != nil { dropBreaker(of: name) }
      if !appendHard(entry) { lateKnown.insert(name) }
    case .forgotten(let name, _, let at, _):
      dropBreaker(of: name)
      latePolicies[name] = nil
      forgotten.insert(name)
      // Forgetting itself starts an epoch.
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
      // A sample that corrects executions belongs to its own minute, so it is not merged.
      if !sample.executions.corrections.isEmpty {
        hasCorrections = true
        if !appendHard(entry) { mergeCorrection(sample) }
      } else if !appendSoft(entry) {
        merge(sample)
      }
    case .check(let check): if !appendSoft(entry) { giveUp(1, .checksDropped, of: check.component) }
    // The call's sample counts it.
    case .rejection(let call): if !appendSoft(entry) { giveUp(1, .rejectionsMerged, of: call.component) }
    case .note:
      if !appendHard(entry) { gaps[GapKey(component: nil, kind: .notesDropped), default: 0].addClamped(1) }
    case .policy(let change): if !appendHard(entry) { latePolicies[change.component] = change }
    case .recoveryStarted(let start): begin(start)
    case .recoveryEnded(let execution):
      // Without a kept start, no row needs the end.
      if started.remove(execution) != nil { ended.insert(execution) } else { _ = appendHard(entry) }
    case .recovery(let recovery): end(recovery)
    }
  }

  /// - Parameter entry: the entry of `error`.
  private mutating func append(_ error: ErrorContext, _ entry: LedgerEntry) {
    hasUrgent = true
    events.addClamped(error.events)
    if !append(entry, of: error.text, upTo: Self.capacity, text: Self.textCapacity) {
      giveUp(mergedErrors.add(error).lost, .errorsMerged, of: error.component)
    }
  }

  /// Keeps an entry if there is room for entries that can be merged or dropped.
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

  // MARK: Recoveries in progress

  private mutating func begin(_ start: RecoveryStart) {
    guard started.count < Self.hardCapacity, appendSoft(.recoveryStarted(start)) else {
      return giveUp(1, .startsDropped, of: start.component)
    }
    started.insert(start.executionID)
    // The recovery continues: its end is written after this entry.
    ended.remove(start.executionID)
  }

  private mutating func end(_ recovery: RecoveryRecord) {
    let wasStarted = recovery.executionID.map { started.remove($0) != nil } ?? false
    if appendSoft(.recovery(recovery)) { return }
    if wasStarted, let execution = recovery.executionID { ended.insert(execution) }
    giveUp(mergedRecoveries.add(recovery), .recoveriesMerged, of: recovery.component)
  }

  // MARK: Samples and resets

  /// A correction applies to the minute of its error, so corrections of one minute have one sum.
  private mutating func mergeCorrection(_ sample: HealthSample) {
    let key = CorrectionKey(
      component: sample.component, minute: sample.at.microseconds / RollupAccumulator.minute)
    guard lateCorrections[key] != nil || lateCorrections.count < Self.capacity else {
      return giveUp(1, .samplesMerged, of: sample.component)
    }
    lateCorrections[
      key, default: HealthSample(component: sample.component, at: sample.at, counts: CallCounts())
    ]
    .executions.add(sample.executions)
  }

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
    // Calls merged before the reset must not count after it.
    if let merged = mergedSamples[name], entries.count < Self.hardCapacity {
      mergedSamples[name] = nil
      entries.append(.sample(merged.sample))
    }
    resets[name] = Reset(at: at, monotonic: monotonic, position: entries.count, count: count)
  }

  /// Appends calls of a component that were merged before they reached this queue.
  package mutating func append(merged sample: HealthSample) {
    events.addClamped(sample.counts.total)
    if appendHard(.sample(sample)) {
      if sample.counts.total > 1 { giveUp(sample.counts.total, .samplesMerged, of: sample.component) }
    } else {
      merge(sample)
    }
  }

  // MARK: Forgotten components

  /// Keeps the last of several changes of a component that have no room.
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

  /// - Parameter hasMoved: whether state or override changed; their versions then decide which is later. Counts
  ///   of an older revision are ignored.
  private mutating func keep(_ snapshot: BreakerSnapshot, hasMoved: Bool) {
    let latest = revisions[snapshot.component] ?? 0
    guard hasMoved || snapshot.revision >= latest else { return }
    revisions[snapshot.component] = max(latest, snapshot.revision)
    breakers[snapshot.component, default: snapshot].merge(snapshot)
  }

  // MARK: Detail

  /// Removes the errors for which `isRemoved` returns true. Positions of later entries change.
  package mutating func removeErrors(where isRemoved: (ErrorContext) -> Bool) {
    var removed: Int64 = 0
    entries.removeAll { entry in
      guard case .error(let error) = entry, isRemoved(error) else { return false }
      removed.addClamped(error.events)
      return true
    }
    events = events.subtractingClamped(removed)
  }

  /// Lets entries refer to the rows of the errors that they refer to.
  package mutating func replaceErrors(by aliases: inout ErrorAliases) {
    for index in entries.indices {
      if let replaced = entries[index].replacingErrors(by: aliases) { entries[index] = replaced }
    }
    for (component, breaker) in breakers {
      let row = aliases.row(ofTrip: breaker.tripErrorID, component)
      if row != breaker.tripErrorID { breakers[component]?.tripErrorID = row }
    }
  }

  // MARK: Writing

  /// Empties the queue.
  /// - Parameter room: storage for the next entries; growing a large array would allocate its pages again.
  /// - Returns: the previous contents.
  package mutating func take(reusing room: consuming [LedgerEntry]) -> EntryQueue {
    var taken = EntryQueue()
    swap(&taken, &self)
    // Moved back, not copied: they apply to the life of the process.
    swap(&revisions, &taken.revisions)
    for name in taken.forgotten { revisions[name] = nil }
    swap(&started, &taken.started)
    entries = room
    return taken
  }

  /// Clears the entries.
  /// - Returns: their storage for reuse; empty when a burst has made it larger than usual.
  package mutating func recycle() -> [LedgerEntry] {
    var room: [LedgerEntry] = []
    swap(&room, &entries)
    room.removeAll(keepingCapacity: room.count <= Self.capacity)
    return room
  }
}
