import HealingSQLite
import HealingTestSupport
import Synchronization

@testable import Healing

/// The ledger of one process, with a gate between the watch over other processes and the engine: the watch runs, and what
/// it reports waits until a test opens the gate. So the test decides between which steps news arrives.
final class GatedLedger: Ledger {
  typealias Handler = @Sendable ([BreakerSnapshot]) -> Void

  /// Faults between an engine and the file; none by default.
  struct Faults: Sendable {
    /// Changes the row that an engine reads when it starts.
    var stored: @Sendable (BreakerSnapshot) -> BreakerSnapshot = { $0 }
    /// Changes a row that the watch reports; `nil` drops it.
    var news: @Sendable (BreakerSnapshot) -> BreakerSnapshot? = { $0 }
    /// Changes an entry that an engine records; `nil` drops it.
    var recorded: @Sendable (LedgerEntry) -> LedgerEntry? = { $0 }
  }

  private struct Breakers: BreakerRepository {
    let base: any BreakerRepository
    let stored: @Sendable (BreakerSnapshot) -> BreakerSnapshot

    func all() async throws(LedgerError) -> [BreakerSnapshot] { try await base.all().map(stored) }
    func transitions(component: ComponentName?, limit: Int) async throws(LedgerError)
      -> [BreakerTransitionRecord]
    { try await base.transitions(component: component, limit: limit) }
  }

  let base: SQLiteLedger
  private let faults: Faults
  private let handlers = Lock<[Handler]>([])
  private let news = Lock<[ComponentName: BreakerSnapshot]>([:])

  init(_ base: SQLiteLedger, _ faults: Faults) { (self.base, self.faults) = (base, faults) }

  var errors: any ErrorRepository { base.errors }
  var samples: any HealthSampleRepository { base.samples }
  var checks: any HealthCheckRepository { base.checks }
  var recoveries: any RecoveryRepository { base.recoveries }
  var breakers: any BreakerRepository { Breakers(base: base.breakers, stored: faults.stored) }
  var components: any ComponentRepository { base.components }
  var processes: any ProcessRepository { base.processes }
  var feed: any FeedRepository { base.feed }
  var rejections: any RejectionRepository { base.rejections }
  var policies: any PolicyRepository { base.policies }

  func record(_ sample: CallSample) { base.record(sample) }
  func record(_ entry: LedgerEntry) { if let entry = faults.recorded(entry) { base.record(entry) } }
  func flush() async throws(LedgerError) { try await base.flush() }
  func makeID() -> LedgerID { base.makeID() }
  func watchComponents(_ handler: @escaping @Sendable ([ComponentChange]) -> Void) throws(LedgerError) -> Bool
  {
    try base.watchComponents(handler)
  }

  func watchBreakers(_ handler: @escaping Handler) throws(LedgerError) {
    handlers.withLock { $0.append(handler) }
    try base.watchBreakers { [weak self] breakers in
      self?.news.withLock { news in
        for breaker in breakers { news[breaker.component] = breaker }
      }
    }
  }

  /// The poller's last report of a breaker.
  func lastNews(of name: ComponentName) -> BreakerSnapshot? { news.withLock { $0[name] } }

  /// Gives the engine the last reported row of a breaker.
  func deliver(_ name: ComponentName) {
    guard let breaker = news.withLock({ $0[name] }).flatMap(faults.news) else { return }
    for handler in handlers.withLock({ $0 }) { handler([breaker]) }
  }
}

/// One process on a ledger, with the model of its breaker.
final class BreakerModelProcess {
  static let name: ComponentName = "api"

  private struct Refused: SelfClassifyingError {
    var errorCategory: ErrorCategory? { .network }
  }

  /// The times of a test: the model has one clock, the ledger has the wall clock.
  struct Clock {
    let time: VirtualTime
    private let offset: Int64

    init() {
      time = VirtualTime()
      offset = time.monotonicNanoseconds() - time.wallClock().microseconds * 1_000
    }

    var now: Int64 { time.monotonicNanoseconds() }
    func monotonic(_ wall: Timestamp) -> Int64 { wall.microseconds * 1_000 + offset }
    func wall(_ monotonic: Int64) -> Timestamp { Timestamp(microseconds: (monotonic - offset) / 1_000) }

    /// A row as the model has it.
    func memory(_ row: BreakerSnapshot) -> BreakerModel.Memory {
      var memory = BreakerModel.Memory()
      memory.state = row.state
      (memory.failures, memory.successes) = (row.failureCount, row.successCount)
      memory.trips = row.consecutiveTrips
      memory.openUntil = row.openUntil.map(monotonic) ?? 0
      memory.forced = row.override.map {
        BreakerModel.Force(kind: $0.kind, until: $0.expiresAt.map(monotonic) ?? .max)
      }
      (memory.stateVersion, memory.overrideVersion) = (row.stateVersion, row.overrideVersion)
      memory.counts = BreakerModelWindow.Counts(
        calls: row.windowCalls, failures: row.windowFailures, slow: row.windowSlowCalls)
      memory.at = monotonic(row.updatedAt)
      return memory
    }
  }

  let clock: Clock
  let ledger: GatedLedger
  let engine: RecoveryEngine
  let component: Component
  var model: BreakerModel
  private var underWay: [(number: Int, start: Component.Start, begun: Int64)] = []

  /// Opens the file and starts an engine on it.
  /// - Parameter model: as it is after the start.
  init(path: String, clock: Clock, model: BreakerModel, faults: GatedLedger.Faults) async throws {
    (self.clock, self.model) = (clock, model)
    ledger = GatedLedger(try SQLiteLedger(path: path, time: clock.time), faults)
    engine = try await RecoveryEngine(
      ledger: ledger, policy: ComponentPolicy(retry: nil, breaker: model.options), time: clock.time, seed: 0)
    component = engine.component(Self.name)
  }

  /// Does something at random; the model does the same.
  /// - Parameter number: that of the step.
  /// - Returns: the action, and the differences between product and model.
  func step(_ number: Int, using generator: inout SplitMix64) throws -> (what: String, difference: String?) {
    model.begin()
    let now = clock.now
    var what = "nothing"
    var difference: String?
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<40:
      what = "call"
      let start = component.begin("call")
      let admission =
        start.isAdmitted
        ? BreakerModel.Admission.letThrough
        : .rejected(retryAfter: start.rejection?.retryAfter)
      let expected = model.admit(number, at: now)
      if admission != expected { difference = "\(admission), expected \(expected)" }
      if start.isAdmitted { underWay.append((number, start, now)) }
    case 40..<75 where !underWay.isEmpty:
      let index = Bool.random(using: &generator) ? 0 : Int.random(in: underWay.indices, using: &generator)
      let call = underWay.remove(at: index)
      let verdict = verdict(using: &generator)
      what = "\(verdict)"
      finish(call.start, verdict)
      model.complete(call.number, verdict, slow: now - call.begun >= 2_000_000_000, at: now)
    case 75..<83:
      let failed = Int.random(in: 0..<3, using: &generator) == 0
      let seconds = Int.random(in: 1...2, using: &generator)
      what = "reported \(failed) \(seconds)"
      component.report(failed ? .failure : .success, duration: .seconds(seconds))
      if model.admit(number, at: now) == .letThrough {
        model.complete(number, failed ? .failure : .success, slow: seconds == 2, at: now)
      }
    case 83..<88:
      what = "look"
      _ = component.breakerSnapshot()
      model.look(at: now)
    case 88:
      what = "reset"
      component.resetBreaker()
      model.reset(at: now)
    case 89..<93:
      try force(using: &generator)
      return ("override", self.difference())
    default:
      if underWay.count > 8 { underWay.removeFirst(4) }
    }
    if let moved = takeVersions() { difference = difference ?? moved }
    return (what, difference ?? self.difference())
  }

  private func verdict(using generator: inout SplitMix64) -> CircuitBreaker.Verdict {
    let verdicts: [CircuitBreaker.Verdict] = [.success, .success, .success, .failure, .failure, .neutral]
    return verdicts[Int.random(in: 0..<verdicts.count, using: &generator)]
  }

  private func finish(_ start: Component.Start, _ verdict: CircuitBreaker.Verdict) {
    switch verdict {
    case .success:
      component.succeed(start, isExtra: false, ended: nil)
    case .failure:
      let error = component.context.detector.detect(Refused(), component: component.name, operation: "get")
      component.fail(start, error, .failure, trips: true, isExtra: false)
    case .neutral:
      component.cancel(start)
    }
  }

  /// Makes a random change as an operator.
  func force(using generator: inout SplitMix64) throws {
    model.begin()
    defer { takeVersions() }
    let now = clock.now
    let length = Int64.random(in: 0...20, using: &generator)
    let until = length == 0 ? Int64.max : now + length * 1_000_000_000
    guard
      let kind = [CircuitOverride.Kind.forcedOpen, .forcedClosed, nil].randomElement(using: &generator) ?? nil
    else {
      try component.liftOverride()
      return model.force(nil, until: until, at: now)
    }
    try component.force(
      CircuitOverride(
        kind: kind, actor: "test", reason: "model", expiresAt: until == .max ? nil : clock.wall(until)))
    model.force(kind, until: until, at: now)
  }

  /// A part that moved has a later version, another part has the one that it had.
  /// - Returns: how that differs.
  @discardableResult
  private func takeVersions() -> String? {
    let (state, override) = component.state.withLock { ($0.stateVersion, $0.overrideVersion) }
    let former = (model.stateVersion, model.overrideVersion)
    model.take(stateVersion: state, overrideVersion: override)
    if (state > former.0) == model.movesState && (override > former.1) == model.movesOverride { return nil }
    return "versions of state \(former.0) -> \(state), expected to move: \(model.movesState); "
      + "of override \(former.1) -> \(override): \(model.movesOverride)"
  }

  /// How the breaker and its model differ.
  func difference() -> String? {
    let now = clock.now
    var model = model
    model.look(at: now)
    let (state, override) = component.state.withLock { ($0.stateVersion, $0.overrideVersion) }
    guard var breaker = component.state.withLock({ $0.breaker }) else { return "no breaker" }
    breaker.countWindow(at: now)
    var seen = BreakerModel.Memory()
    seen.state = breaker.state
    (seen.failures, seen.successes, seen.trips) = (
      breaker.failureCount, breaker.successCount, breaker.consecutiveTrips
    )
    if seen.state == .open { seen.openUntil = breaker.openUntil }
    seen.forced = breaker.override.map { BreakerModel.Force(kind: $0.kind, until: $0.expires) }
    seen.counts = BreakerModelWindow.Counts(
      calls: breaker.windowCounts.calls, failures: breaker.windowCounts.failures,
      slow: breaker.windowCounts.slow)
    (seen.stateVersion, seen.overrideVersion) = (state, override)
    model.persist(at: now)
    seen.at = now
    return Self.difference(seen, model.memory, at: now)
  }

  /// How a row and the model's differ. Of an expired override only the circuit's next step says anything, and so does what
  /// is left of a wait that is over.
  static func difference(_ seen: BreakerModel.Memory?, _ expected: BreakerModel.Memory?, at now: Int64)
    -> String?
  {
    func plain(_ memory: BreakerModel.Memory?) -> BreakerModel.Memory? {
      guard var memory else { return nil }
      memory.movedAt = 0
      memory.openUntil = memory.state == .open ? max(now, memory.openUntil) : 0
      if let forced = memory.forced, now >= forced.until { memory.forced = nil }
      return memory
    }
    return plain(seen) == plain(expected)
      ? nil
      : "\(plain(seen).map { "\($0)" } ?? "none"), expected \(plain(expected).map { "\($0)" } ?? "none")"
  }

  /// How a row in the file and the model's differ. A process restores a half-open circuit as an open one whose wait is
  /// over; the row stays half-open until the circuit moves, also when an override is stored meanwhile.
  static func difference(
    row: BreakerModel.Memory?, _ expected: BreakerModel.Memory, at now: Int64
  ) -> String? {
    var expected = expected
    if let row, row.state == .halfOpen, row.stateVersion == expected.stateVersion,
      expected.state == .open, expected.openUntil <= now
    {
      (expected.state, expected.at) = (row.state, row.at)
    }
    return difference(row, expected, at: now)
  }

  /// The breaker as stored in the file, without faults.
  func row() async throws -> BreakerModel.Memory? {
    try await ledger.flush()
    return try await ledger.base.breakers.find(Self.name).map(clock.memory)
  }

  func close() async throws { try await ledger.base.close() }
}
