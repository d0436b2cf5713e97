/// A circuit breaker as a pure state machine, without clock, lock or side effects.
///
/// Times are nanoseconds of one monotonic clock, passed as arguments. The caller protects the breaker by a
/// lock, and acts on a method's result after unlocking.
public struct CircuitBreaker: Sendable {
  private struct Probe {
    let id: UInt32
    let expires: Int64
  }

  /// The longest `retryAfter` of a rejection while probes are in progress, in nanoseconds: 1 s.
  static let longestProbeWait: Int64 = 1_000_000_000

  /// The options in force.
  public private(set) var options: CircuitBreakerOptions
  /// Closed, open or half-open. An open circuit whose wait is over stays open until a call requests admission.
  public private(set) var state = CircuitState.closed
  /// Failures in a row. While the circuit is not closed: the count at the trip plus the failed probes since.
  public private(set) var failureCount = 0
  /// Successful probes while half-open.
  public private(set) var successCount = 0
  /// Trips since the circuit was last closed.
  public private(set) var consecutiveTrips = 0
  /// Times the circuit became half-open since it left closed.
  public private(set) var probeRounds = 0
  /// End of the current wait; valid only while open.
  public private(set) var openUntil: Int64 = 0
  /// Length of the current wait in nanoseconds.
  public private(set) var openNanoseconds: Int64 = 0
  /// When the circuit left closed; `nil` while closed.
  public private(set) var trippedAt: Int64?
  /// The error that tripped the circuit; `nil` while closed.
  public private(set) var tripErrorID: LedgerID?
  /// The override and its expiry on the monotonic clock; `nil` without an override.
  public private(set) var override: (kind: CircuitOverride.Kind, expires: Int64)?

  /// Whether the circuit is open because another process probes, for the length of a probe's lease.
  var isProbedElsewhere = false

  /// Generation of the permits, from 1. Each state change, override, reset and restore begins a new one and
  /// makes earlier permits stale.
  private(set) var generation: UInt64
  private var lastProbe: UInt32 = 0
  private var probes: [Probe] = []
  private var window: CallWindow?
  private var failureThreshold = Int.max
  private var slowNanoseconds = Int64.max

  /// Creates a closed breaker.
  public init(options: CircuitBreakerOptions) { self.init(options: options, generation: 1) }

  /// - Parameter generation: first generation; must be above that of every permit that may still be returned.
  init(options: CircuitBreakerOptions, generation: UInt64) {
    self.options = options
    self.generation = generation
    configure(options.trip, replacing: nil)
  }

  private mutating func configure(_ trip: TripRule, replacing former: TripRule?) {
    switch trip {
    case .consecutiveFailures(let count):
      failureThreshold = count
      slowNanoseconds = .max
      window = nil
    case .rate(let rule):
      failureThreshold = .max
      slowNanoseconds = rule.slowCallDuration.nanoseconds
      if case .rate(let former) = former, former.window == rule.window { return }
      window = CallWindow(rule.window)
    }
  }

  /// Applies other options. State, probes, failures in a row and the length of the current wait are kept.
  /// Another window starts empty.
  mutating func change(_ options: CircuitBreakerOptions) {
    configure(options.trip, replacing: self.options.trip)
    self.options = options
  }

  /// The counts of a rate rule's window; zeros for failures in a row.
  var windowCounts: CallWindow.Counts { window?.counts ?? CallWindow.Counts() }
  /// Drops the calls that are older than that window at `now`.
  mutating func countWindow(at now: Int64) { window?.advance(to: now) }

  /// Whether the circuit is closed without an override, so that every call is admitted.
  var isClosedWithoutOverride: Bool { state == .closed && override == nil }

  /// Generations the lock-free path may use: one to issue permits, one to complete successes that change nothing.
  /// 0 disables the path. Mutating because a getter would copy the whole breaker on every call.
  mutating func fastPathGenerations() -> (free: UInt64, quiet: UInt64) {
    guard isClosedWithoutOverride else { return (0, 0) }
    return (generation, failureCount == 0 && window == nil ? generation : 0)
  }

  /// Requests admission for a call at `now`.
  public mutating func admit(at now: Int64) -> Admission {
    if isClosedWithoutOverride { return .admitted(Permit(generation: generation, probe: 0)) }
    return admitSlowPath(at: now)
  }

  private mutating func admitSlowPath(at now: Int64) -> Admission {
    if let override, now < override.expires {
      switch override.kind {
      case .forcedClosed:
        return .admitted(Permit(generation: generation, probe: 0))
      case .forcedOpen:
        let wait = override.expires == .max ? nil : override.expires - now
        return .rejected(Rejection(retryAfter: wait, errorID: nil))
      }
    }
    let ended = override?.kind
    override = nil
    switch state {
    case .closed:
      guard ended == .forcedOpen else { return .admitted(Permit(generation: generation, probe: 0)) }
      // The override rejected every call, so the state of the dependency is unknown: probe first.
      trippedAt = now
      probeRounds = 1
      let transition = move(to: .halfOpen, reason: .overrideExpired)
      return .probing(startProbe(at: now), transition)
    case .open:
      guard now >= openUntil else {
        let wait = isProbedElsewhere ? min(openUntil - now, Self.longestProbeWait) : openUntil - now
        return .rejected(Rejection(retryAfter: wait, errorID: tripErrorID))
      }
      probeRounds += 1
      let transition = move(to: .halfOpen, reason: .waitElapsed)
      return .probing(startProbe(at: now), transition)
    case .halfOpen:
      probes.removeAll { $0.expires <= now }
      guard probes.count < options.halfOpenMaxCalls else {
        let soonest = probes.map(\.expires).min() ?? now
        // A probe usually takes as long as a call; the lease is for a probe that never returns.
        let wait = min(soonest - now, Self.longestProbeWait)
        return .rejected(Rejection(retryAfter: wait, errorID: tripErrorID))
      }
      return .admitted(startProbe(at: now))
    }
  }

  private mutating func startProbe(at now: Int64) -> Permit {
    lastProbe = lastProbe == .max ? 1 : lastProbe + 1
    probes.append(Probe(id: lastProbe, expires: now.addingClamped(options.probeLease.nanoseconds)))
    return Permit(generation: generation, probe: lastProbe)
  }

  /// Completes a call: releases its permit and counts its outcome.
  /// - Parameters:
  ///   - permit: the permit from ``admit(at:)``.
  ///   - verdict: how the call ended.
  ///   - duration: duration of the call in nanoseconds; used by slow-call rules.
  ///   - errorID: the failure's id, stored when it trips the circuit.
  ///   - now: nanoseconds on the monotonic clock.
  public mutating func complete(
    _ permit: Permit, _ verdict: Verdict, duration: Int64, errorID: LedgerID? = nil, at now: Int64
  ) -> Completion {
    guard permit.generation == generation else { return .stale }
    if state == .closed && verdict == .success && window == nil {
      if failureCount == 0 { return .unchanged }
      failureCount = 0
      return .counted
    }
    return completeSlowPath(permit, verdict, duration: duration, errorID: errorID, at: now)
  }

  private mutating func completeSlowPath(
    _ permit: Permit, _ verdict: Verdict, duration: Int64, errorID: LedgerID?, at now: Int64
  ) -> Completion {
    switch state {
    case .open:
      // Only a forced-closed override admits calls here; their results do not affect the wait.
      return .unchanged
    case .closed:
      guard verdict != .neutral else { return .unchanged }
      return countWhileClosed(failed: verdict == .failure, duration: duration, errorID: errorID, at: now)
    case .halfOpen:
      guard permit.probe != 0 else { return .unchanged }
      // A late result counts, too; after the lease another probe may have the place.
      probes.removeAll { $0.id == permit.probe }
      switch verdict {
      case .neutral:
        return .unchanged
      case .failure:
        failureCount += 1
        return .transitioned(open(reason: .probeFailed, errorID: errorID, at: now))
      case .success where isTooSlow(duration):
        return .transitioned(open(reason: .probeSlow, errorID: nil, at: now))
      case .success:
        successCount += 1
        guard successCount >= options.successThreshold else { return .counted }
        return .transitioned(close(reason: .probesSucceeded, at: now))
      }
    }
  }

  /// Whether slow calls open the circuit, and a call of this duration is slow.
  private func isTooSlow(_ duration: Int64) -> Bool {
    guard case .rate(let rule) = options.trip, rule.slowCallRate != nil else { return false }
    return duration >= slowNanoseconds
  }

  private mutating func countWhileClosed(
    failed: Bool, duration: Int64, errorID: LedgerID?, at now: Int64
  ) -> Completion {
    // Results during a forced-closed override are not counted.
    if let override, now < override.expires { return .unchanged }
    let before = failureCount
    failureCount = failed ? failureCount + 1 : 0
    let isNews = window?.add(failed: failed, slow: duration >= slowNanoseconds, at: now) ?? false
    if failureCount >= failureThreshold {
      return .transitioned(open(reason: .failureThreshold, errorID: errorID, at: now))
    }
    if case .rate(let rule) = options.trip, let counts = window?.counts, counts.calls >= rule.minimumCalls {
      if let rate = rule.failureRate, counts.share(of: counts.failures) >= rate {
        return .transitioned(open(reason: .failureRate, errorID: errorID, at: now))
      }
      if let rate = rule.slowCallRate, counts.share(of: counts.slow) >= rate {
        return .transitioned(open(reason: .slowCallRate, errorID: errorID, at: now))
      }
    }
    return failureCount == before && !isNews ? .unchanged : .counted
  }

  // MARK: Operator actions

  /// Closes the circuit, clears all counts and lifts an override.
  /// - Returns: the transition, or `nil` when the circuit was already closed.
  public mutating func reset(at now: Int64) -> CircuitTransition? {
    override = nil
    failureCount = 0
    generation += 1
    window?.clear()
    guard state != .closed else { return nil }
    return close(reason: .reset, at: now)
  }

  /// Sets an override until `expires` on the monotonic clock, or lifts it when `kind` is `nil`. A closed
  /// circuit that is forced closed clears its counts. When a forced-open override of a closed circuit expires,
  /// the circuit probes first; when it is lifted, the circuit is closed at once.
  public mutating func force(_ kind: CircuitOverride.Kind?, until expires: Int64 = .max) {
    override = kind.map { ($0, expires) }
    // Results of calls that were admitted before are stale.
    generation += 1
    probes.removeAll()
    guard kind == .forcedClosed && state == .closed else { return }
    failureCount = 0
    window?.clear()
  }

  // MARK: Restoring

  /// Restores the state from a ledger. A half-open circuit is restored as open with its wait over.
  /// - Parameters:
  ///   - remaining: remaining wait in nanoseconds, already clamped to 0…its length.
  ///   - trippedAt: when the circuit left closed, on this process's monotonic clock.
  ///   - counts: the counts of a rate rule's window.
  ///   - age: age of the counts in nanoseconds.
  mutating func restore(
    state: CircuitState, failureCount: Int, consecutiveTrips: Int, probeRounds: Int, remaining: Int64,
    openNanoseconds: Int64, trippedAt: Int64?, tripErrorID: LedgerID?,
    counts: CallWindow.Counts = CallWindow.Counts(),
    age: Int64 = 0, at now: Int64
  ) {
    generation += 1
    isProbedElsewhere = false
    probes.removeAll()
    successCount = 0
    window?.clear()
    self.failureCount = max(0, failureCount)
    self.consecutiveTrips = max(0, consecutiveTrips)
    self.probeRounds = max(0, probeRounds)
    if state == .closed {
      window?.restore(counts, age: age, at: now)
      self.state = .closed
      self.trippedAt = nil
      self.tripErrorID = nil
    } else {
      self.state = .open
      self.openUntil = state == .halfOpen ? now : now.addingClamped(remaining)
      self.openNanoseconds = openNanoseconds
      self.trippedAt = trippedAt ?? now
      self.tripErrorID = tripErrorID
    }
  }

  // MARK: State changes

  private mutating func open(
    reason: CircuitTransition.Reason, errorID: LedgerID?, at now: Int64
  ) -> CircuitTransition {
    consecutiveTrips += 1
    openNanoseconds = options.openNanoseconds(afterTrips: consecutiveTrips)
    openUntil = now.addingClamped(openNanoseconds)
    if trippedAt == nil {
      trippedAt = now
      tripErrorID = errorID
    }
    return move(to: .open, reason: reason, errorID: errorID)
  }

  private mutating func close(reason: CircuitTransition.Reason, at now: Int64) -> CircuitTransition {
    let trip = CircuitTransition.Trip(
      durationNanoseconds: max(0, now - (trippedAt ?? now)), probeRounds: probeRounds, errorID: tripErrorID)
    var transition = move(to: .closed, reason: reason)
    transition.endedTrip = trip
    consecutiveTrips = 0
    probeRounds = 0
    trippedAt = nil
    tripErrorID = nil
    return transition
  }

  private mutating func move(
    to next: CircuitState, reason: CircuitTransition.Reason, errorID: LedgerID? = nil
  ) -> CircuitTransition {
    let transition = CircuitTransition(
      from: state, to: next, reason: reason, failureCount: failureCount,
      consecutiveTrips: consecutiveTrips, openNanoseconds: next == .open ? openNanoseconds : nil,
      errorID: errorID)
    state = next
    isProbedElsewhere = false
    generation += 1
    if next == .closed { failureCount = 0 }
    successCount = 0
    probes.removeAll()
    window?.clear()
    return transition
  }
}
