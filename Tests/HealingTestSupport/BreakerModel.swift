package import Healing

/// What a circuit breaker should do, written as plainly as can be and by another way than the breaker itself: every
/// call is kept by number, with the era it was let through in, and every call that counts is kept with its place in the
/// window. Times are nanoseconds of one clock.
package struct BreakerModel: Sendable {
  /// The result of admission.
  package enum Admission: Sendable, Equatable {
    case letThrough
    /// `retryAfter`: nanoseconds; `nil` when only an operator can say.
    case rejected(retryAfter: Int64?)
  }

  /// An override, until a time; `Int64.max`: until it is lifted.
  package struct Force: Sendable, Equatable {
    package var kind: CircuitOverride.Kind
    package var until: Int64

    package init(kind: CircuitOverride.Kind, until: Int64) { (self.kind, self.until) = (kind, until) }
  }

  /// The stored state.
  package struct Memory: Sendable, Equatable {
    package var state = CircuitState.closed
    package var (failures, successes, trips) = (0, 0, 0)
    package var openUntil: Int64 = 0
    /// When the state last moved.
    package var movedAt: Int64 = 0
    package var forced: Force?
    package var (stateVersion, overrideVersion) = (Int64(0), Int64(0))
    package var counts = BreakerModelWindow.Counts()
    /// When it was true.
    package var at: Int64 = 0

    package init() {}
  }

  package let options: CircuitBreakerOptions
  package private(set) var state = CircuitState.closed
  package private(set) var (failures, successes, trips) = (0, 0, 0)
  package private(set) var openUntil: Int64 = 0
  private var movedAt: Int64 = 0
  package private(set) var forced: Force?
  package private(set) var window: BreakerModelWindow?
  /// Given by the test after ``movesState`` or ``movesOverride``: the model does not make ids.
  package var (stateVersion, overrideVersion) = (Int64(0), Int64(0))
  /// The last persisted state.
  package private(set) var memory = Memory()
  /// What the steps since ``begin()`` did.
  package private(set) var (persists, movesState, movesOverride) = (false, false, false)
  private var era = 0
  private var calls: [Int: (era: Int, lease: Int64?)] = [:]
  private var isProbedElsewhere = false
  private static let second: Int64 = 1_000_000_000

  package init(options: CircuitBreakerOptions) {
    self.options = options
    if case .rate(let rule) = options.trip { window = BreakerModelWindow(rule.window) }
  }

  /// Begins a step.
  package mutating func begin() { (persists, movesState, movesOverride) = (false, false, false) }

  /// Persists the breaker as it is at `now`.
  package mutating func persist(at now: Int64) {
    look(at: now)
    memory.state = state
    (memory.failures, memory.successes, memory.trips) = (failures, successes, trips)
    (memory.openUntil, memory.movedAt) = (openUntil, movedAt)
    memory.forced = forced
    (memory.stateVersion, memory.overrideVersion) = (stateVersion, overrideVersion)
    memory.counts = window?.counts ?? BreakerModelWindow.Counts()
    memory.at = now
    persists = true
  }

  /// Applies the versions that the product assigned to the steps since ``begin()``.
  package mutating func take(stateVersion: Int64, overrideVersion: Int64) {
    (self.stateVersion, self.overrideVersion) = (stateVersion, overrideVersion)
    (memory.stateVersion, memory.overrideVersion) = (stateVersion, overrideVersion)
  }

  /// Drops from the window the results that are older than it at `now`.
  package mutating func look(at now: Int64) { window?.move(to: now) }

  // MARK: Calls

  package mutating func admit(_ call: Int, at now: Int64) -> Admission {
    if let forced {
      if now < forced.until {
        if forced.kind == .forcedOpen {
          return .rejected(retryAfter: forced.until == .max ? nil : forced.until - now)
        }
        calls[call] = (era, nil)
        return .letThrough
      }
      self.forced = nil
      if forced.kind == .forcedOpen && state == .closed { enter(.halfOpen, at: now) }
    }
    if state == .open {
      let left = openUntil - now
      if left > 0 { return .rejected(retryAfter: isProbedElsewhere ? min(left, Self.second) : left) }
      enter(.halfOpen, at: now)
    }
    guard state == .halfOpen else {
      calls[call] = (era, nil)
      return .letThrough
    }
    let leases = calls.values.compactMap { $0.era == era ? $0.lease : nil }.filter { $0 > now }
    if leases.count >= options.halfOpenMaxCalls {
      return .rejected(retryAfter: leases.min().map { min($0 - now, Self.second) })
    }
    calls[call] = (era, now + options.probeLease.nanoseconds)
    return .letThrough
  }

  package mutating func complete(_ call: Int, _ verdict: CircuitBreaker.Verdict, slow: Bool, at now: Int64) {
    guard let made = calls.removeValue(forKey: call), made.era == era, verdict != .neutral else { return }
    let failed = verdict == .failure
    if state == .halfOpen, made.lease != nil {
      if failed { failures += 1 }
      if failed || (slow && rule?.slowCallRate != nil) { return open(at: now) }
      successes += 1
      if successes >= options.successThreshold { enter(.closed, at: now) } else { persist(at: now) }
    } else if state == .closed, forced.map({ now >= $0.until }) ?? true {
      let before = failures
      failures = failed ? failures + 1 : 0
      let isNews = window?.count(failed: failed, slow: slow, at: now) ?? false
      if shouldTrip { return open(at: now) }
      if isNews || failures != before { persist(at: now) }
    }
  }

  private var rule: RateTripRule? {
    if case .rate(let rule) = options.trip { rule } else { nil }
  }

  private var shouldTrip: Bool {
    if case .consecutiveFailures(let limit) = options.trip { return failures >= limit }
    guard let rule, let counts = window?.counts, counts.calls >= rule.minimumCalls else { return false }
    func reaches(_ count: Int, _ rate: Double?) -> Bool {
      rate.map { count * 100 >= Int(($0 * 100).rounded()) * counts.calls } ?? false
    }
    return reaches(counts.failures, rule.failureRate) || reaches(counts.slow, rule.slowCallRate)
  }

  private mutating func open(at now: Int64) {
    trips += 1
    var wait = options.openDuration
    for _ in 1..<max(2, min(trips, 20)) where trips > 1 {
      wait = min(wait * Int(options.openGrowth), options.maxOpenDuration)
    }
    openUntil = now + wait.nanoseconds
    enter(.open, at: now)
  }

  private mutating func enter(_ next: CircuitState, at now: Int64) {
    (state, era, successes, isProbedElsewhere) = (next, era + 1, 0, false)
    if next == .closed { (failures, trips) = (0, 0) }
    window?.clear()
    (movesState, movedAt) = (true, now)
    persist(at: now)
  }

  // MARK: Operators

  package mutating func force(_ kind: CircuitOverride.Kind?, until: Int64, at now: Int64) {
    applyForce(kind.map { Force(kind: $0, until: until) })
    movesOverride = true
    persist(at: now)
  }

  private mutating func applyForce(_ force: Force?) {
    forced = force
    era += 1
    if force?.kind == .forcedClosed && state == .closed {
      failures = 0
      window?.clear()
    }
  }

  package mutating func reset(at now: Int64) {
    forced = nil
    movesOverride = true
    enter(.closed, at: now)
  }

  // MARK: Other processes

  /// A restart of the process: only the last persisted state, by this process or in the file, remains.
  package mutating func restart(from row: Memory? = nil, at now: Int64) {
    if let row { memory = row }
    (era, successes, calls, isProbedElsewhere) = (era + 1, 0, [:], false)
    (stateVersion, overrideVersion) = (memory.stateVersion, memory.overrideVersion)
    (state, failures, trips) = (memory.state, memory.failures, memory.trips)
    (openUntil, movedAt, forced) = (memory.openUntil, memory.movedAt, memory.forced)
    // A process has moved the circuit since the override expired, so the override has no effect.
    if let forced, now >= forced.until, movedAt >= forced.until { self.forced = nil }
    if state == .halfOpen { (state, openUntil) = (.open, now) }
    if let rule { window = BreakerModelWindow(rule.window) }
    if state == .closed { window?.restore(memory.counts, from: memory.at, at: now) }
    // Another process may have counted before it adopted the override.
    if let forced, now < forced.until { applyForce(forced) }
  }

  /// Adopts a row that another process wrote.
  package mutating func adopt(_ other: Memory, at now: Int64) {
    if other.overrideVersion > overrideVersion {
      overrideVersion = other.overrideVersion
      applyForce(other.forced.flatMap { now < $0.until ? $0 : nil })
    }
    guard other.stateVersion > stateVersion else { return }
    (stateVersion, movedAt) = (other.stateVersion, other.movedAt)
    // A reset, which has one version for both, clears the counts of a closed circuit, too.
    let isReset = other.overrideVersion == other.stateVersion
    if other.state == state && state != .open && !(isReset && state == .closed) { return }
    (era, successes, isProbedElsewhere) = (era + 1, 0, other.state == .halfOpen)
    (failures, trips) = (other.state == .closed ? 0 : other.failures, other.trips)
    window?.clear()
    switch other.state {
    case .closed:
      state = .closed
      window?.restore(BreakerModelWindow.Counts(), from: other.at, at: now)
    case .open:
      (state, openUntil) = (.open, other.openUntil)
    case .halfOpen:
      (state, openUntil) = (.open, now + options.probeLease.nanoseconds)
    }
  }
}

/// The row of a breaker in a file that several processes write.
package struct BreakerModelFile: Sendable {
  package private(set) var row: BreakerModel.Memory?

  package init() {}

  /// State and counts are one part, the override is the other: each is replaced by a later one only. Counts alone
  /// never replace a state.
  package mutating func write(_ memory: BreakerModel.Memory, moved: Bool) {
    guard let old = row else { return row = memory }
    var new = old
    let isSame = memory.stateVersion == old.stateVersion && memory.state == old.state
    if isSame || (moved && memory.stateVersion > old.stateVersion) {
      new = memory
      (new.forced, new.overrideVersion) = (old.forced, old.overrideVersion)
    }
    if moved && memory.overrideVersion > old.overrideVersion {
      (new.forced, new.overrideVersion) = (memory.forced, memory.overrideVersion)
    }
    row = new
  }
}
