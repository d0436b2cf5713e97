import Healing

/// The queue of entries other than per-call samples, as a pure state. Bounded in number and in bytes: past ``capacity``
/// or ``textCapacity`` errors and recoveries are merged, count for count, and what cannot be merged is dropped and
/// counted.
struct EntryQueue {
  /// Entries that are kept one by one.
  static let capacity = 8_192
  /// Bytes of text in the entries that are kept one by one, and as many again in merged errors; beyond that there is
  /// one error a component.
  static let textCapacity = 4 << 20
  /// State changes and the like, which must not be merged, have this much room.
  static let hardCapacity = 65_536
  /// Different errors that are kept apart while merging; the rest shares a fingerprint per component.
  static let mergedErrorLimit = 2_048

  private struct ErrorKey: Hashable {
    let component: ComponentName
    let fingerprint: String
  }
  private struct RecoveryKey: Hashable {
    let component: ComponentName
    let action: RecoveryAction
    let outcome: RecoveryRecord.Outcome
  }
  /// What was given up, by component and kind.
  struct GapKey: Hashable {
    enum Kind: String {
      case samplesMerged = "samples_merged"
      case errorsMerged = "errors_merged"
      case recoveriesMerged = "recoveries_merged"
      case checksDropped = "checks_dropped"
      case alertsDropped = "alerts_dropped"
      case transitionsDropped = "transitions_dropped"
      case entriesRefused = "entries_refused"
      /// Calls on components that an engine has no room for.
      case componentsRefused = "components_refused"
    }
    /// `nil` when the ledger does not know it.
    let component: ComponentName?
    let kind: Kind
  }

  private(set) var entries: [LedgerEntry] = []
  /// The latest snapshot of each breaker.
  private(set) var breakers: [ComponentName: BreakerSnapshot] = [:]
  /// Those among them that changed state, or that an operator spoke about.
  private(set) var movedBreakers: Set<ComponentName> = []
  /// The latest revision of each breaker that was ever kept: an older snapshot may come after the batch that had it.
  private var revisions: [ComponentName: UInt64] = [:]
  /// Components that were forgotten since the last batch and not made known again.
  private var forgotten: Set<ComponentName> = []
  private(set) var gaps: [GapKey: Int64] = [:]
  private var text = 0
  private var mergedErrors: [ErrorKey: ErrorContext] = [:]
  private var mergedText = 0
  private var mergedRecoveries: [RecoveryKey: RecoveryRecord] = [:]
  private var mergedSamples: [ComponentName: HealthSample] = [:]

  var isEmpty: Bool {
    entries.isEmpty && breakers.isEmpty && mergedErrors.isEmpty && mergedRecoveries.isEmpty
      && mergedSamples.isEmpty && gaps.isEmpty
  }

  /// Everything in the order to be written: as it came, then what was merged.
  var all: [LedgerEntry] {
    if mergedErrors.isEmpty && mergedRecoveries.isEmpty && mergedSamples.isEmpty { return entries }
    return entries + mergedErrors.values.map(LedgerEntry.error)
      + mergedRecoveries.values.map(LedgerEntry.recovery)
      + mergedSamples.values.map(LedgerEntry.sample)
  }

  mutating func append(_ entry: LedgerEntry) {
    switch entry {
    case .breaker(let snapshot):
      keep(snapshot)
    case .transition(let transition, let snapshot):
      keep(snapshot)
      movedBreakers.insert(transition.component)
      appendUnmerged(entry)
    case .forgotten(let name, _, _, _):
      dropBreaker(of: name)
      forgotten.insert(name)
      appendUnmerged(entry)
    case .component(let name):
      // What was kept since then is from before it was forgotten.
      if forgotten.remove(name) != nil { dropBreaker(of: name) }
      appendUnmerged(entry)
    case .unprotectedCalls(let count):
      gaps[GapKey(component: nil, kind: .componentsRefused), default: 0] += count
    case .metricsReset, .recoveryEnded:
      appendUnmerged(entry)
    default:
      let text = entry.text
      if entries.count < Self.capacity && self.text + text <= Self.textCapacity {
        entries.append(entry)
        self.text += text
      } else {
        merge(entry)
      }
    }
  }

  /// Keeps what cannot be merged.
  private mutating func appendUnmerged(_ entry: LedgerEntry) {
    if entries.count < Self.hardCapacity {
      entries.append(entry)
    } else if case .transition(let transition, _) = entry {
      gaps[GapKey(component: transition.component, kind: .transitionsDropped), default: 0] += 1
    }
  }

  /// Adds an entry to others like it, or counts it as dropped.
  private mutating func merge(_ entry: LedgerEntry) {
    switch entry {
    case .error(let error):
      merge(error)
    case .recovery(let recovery):
      merge(recovery)
    case .sample(let sample):
      mergedSamples[sample.component]?.counts.add(sample.counts)
      if mergedSamples[sample.component] == nil { mergedSamples[sample.component] = sample }
      gaps[GapKey(component: sample.component, kind: .samplesMerged), default: 0] += 1
    case .check(let check):
      gaps[GapKey(component: check.component, kind: .checksDropped), default: 0] += 1
    case .alert(let alert):
      gaps[GapKey(component: alert.component, kind: .alertsDropped), default: 0] += 1
    case .recoveryStarted:
      return  // Only says that something is under way; its end says more.
    case .breaker, .transition, .component, .metricsReset, .recoveryEnded, .forgotten, .unprotectedCalls:
      return  // Do not come here: they are never merged.
    }
  }

  private mutating func keep(_ snapshot: BreakerSnapshot) {
    if let latest = revisions[snapshot.component], latest > snapshot.revision { return }
    revisions[snapshot.component] = snapshot.revision
    breakers[snapshot.component] = snapshot
  }

  private mutating func dropBreaker(of name: ComponentName) {
    breakers[name] = nil
    movedBreakers.remove(name)
  }

  /// Empties the queue.
  /// - Parameter room: for the entries to come; as a large array grows, its pages are taken from the system anew.
  /// - Returns: what was in it.
  mutating func take(reusing room: consuming [LedgerEntry]) -> EntryQueue {
    var empty = EntryQueue()
    empty.entries = room
    empty.revisions = revisions
    for name in forgotten { empty.revisions[name] = nil }
    defer { self = empty }
    return self
  }

  /// Gives up the entries.
  /// - Returns: their room; none where a burst has made it larger than usual.
  mutating func giveUpRoom() -> [LedgerEntry] {
    var room: [LedgerEntry] = []
    swap(&room, &entries)
    room.removeAll(keepingCapacity: room.count <= Self.capacity)
    return room
  }

  private mutating func merge(_ error: ErrorContext) {
    var key = ErrorKey(component: error.component, fingerprint: error.fingerprint.text)
    var error = error
    let text = LedgerEntry.error(error).text
    let isFull = mergedErrors.count >= Self.mergedErrorLimit || mergedText + text > Self.textCapacity
    if mergedErrors[key] == nil && isFull {
      key = ErrorKey(component: error.component, fingerprint: "v1:merged")
      error.fingerprint = Fingerprint(text: "v1:merged")
    }
    gaps[GapKey(component: error.component, kind: .errorsMerged), default: 0] +=
      Int64(max(1, error.occurrences))
    if var merged = mergedErrors[key] {
      merged.occurrences = max(1, merged.occurrences) + max(1, error.occurrences)
      mergedErrors[key] = merged
    } else {
      mergedErrors[key] = error
      mergedText += text
    }
  }

  private mutating func merge(_ recovery: RecoveryRecord) {
    let key = RecoveryKey(component: recovery.component, action: recovery.action, outcome: recovery.outcome)
    gaps[GapKey(component: recovery.component, kind: .recoveriesMerged), default: 0] +=
      Int64(max(1, recovery.occurrences))
    // The execution's end must still be known, or the next start would take it for interrupted.
    if let execution = recovery.executionID, entries.count < Self.hardCapacity {
      entries.append(.recoveryEnded(execution))
    }
    if var merged = mergedRecoveries[key] {
      merged.occurrences = max(1, merged.occurrences) + max(1, recovery.occurrences)
      merged.attempts += recovery.attempts
      merged.duration += recovery.duration
      mergedRecoveries[key] = merged
    } else {
      var recovery = recovery
      recovery.executionID = nil
      mergedRecoveries[key] = recovery
    }
  }
}

extension LedgerEntry {
  /// Bytes of text of a length that the caller decides.
  fileprivate var text: Int {
    switch self {
    case .error(let error):
      error.message.utf8.count + error.operation.utf8.count + Self.text(error.metadata)
    case .recovery(let recovery):
      recovery.message.utf8.count + recovery.operation.utf8.count + Self.text(recovery.metadata)
    case .check(let check):
      check.issues.reduce(check.message.utf8.count) { $0 + $1.utf8.count }
    case .alert(let alert):
      alert.message.utf8.count
    default:
      0
    }
  }

  private static func text(_ metadata: [String: String]) -> Int {
    metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
  }
}
