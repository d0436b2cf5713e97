/// A window of calls, failures and slow calls over the last calls or a time span. Constant time per call, fixed
/// memory.
struct CallWindow: Sendable {
  struct Counts: Sendable, Hashable {
    var calls = 0
    var failures = 0
    var slow = 0

    // A window never has enough calls to overflow these counts.

    fileprivate mutating func add(_ other: Counts) {
      calls &+= other.calls
      failures &+= other.failures
      slow &+= other.slow
    }

    fileprivate mutating func subtract(_ other: Counts) {
      calls &-= other.calls
      failures &-= other.failures
      slow &-= other.slow
    }

    fileprivate var bad: Int { failures &+ slow }

    /// Returns `count / calls`. The division is rounded correctly, so it equals a rate given as the same
    /// fraction; the product `rate * calls` may not.
    func share(of count: Int) -> Double { Double(count) / Double(calls) }

    /// Returns one of `count` even parts; their sum is the whole.
    fileprivate func part(_ index: Int, of count: Int) -> Counts {
      func share(_ whole: Int) -> Int { whole * (index + 1) / count - whole * index / count }
      return Counts(calls: share(calls), failures: share(failures), slow: share(slow))
    }

    /// Returns at most `limit` calls, in the same proportions.
    fileprivate func limited(to limit: Int) -> Counts {
      guard calls > limit else { return self }
      return Counts(calls: limit, failures: failures * limit / calls, slow: slow * limit / calls)
    }
  }

  private static let timeSlots = 10

  private(set) var counts = Counts()
  private var slots: [Counts]
  private var position = 0
  /// Length of a slot in nanoseconds; 0 when a slot is one call.
  private let slotLength: Int64
  private var slotEnd: Int64 = .min
  /// Failures and slow calls in the window after the last counted call. Some may have left the window since.
  private var lastBad = 0

  init(_ window: RateTripRule.Window) {
    switch window {
    case .calls(let count):
      slots = Array(repeating: Counts(), count: count)
      slotLength = 0
    case .time(let length):
      slots = Array(repeating: Counts(), count: Self.timeSlots)
      slotLength = length.nanoseconds / Int64(Self.timeSlots)
    }
  }

  /// Counts a call.
  /// - Returns: whether the counts must be persisted: a failure or slow call entered or left the window, or the
  ///   call count doubled while the window has one.
  mutating func add(failed: Bool, slow: Bool, at now: Int64) -> Bool {
    let call = Counts(calls: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0)
    var isNews = failed || slow
    var isFull = false
    if slotLength == 0 {
      let leaving = slots[position]
      isFull = leaving.calls > 0
      if leaving.bad > 0 { isNews = true }
      counts.subtract(leaving)
      slots[position] = call
      position = position + 1 == slots.count ? 0 : position + 1
    } else {
      if now >= slotEnd { advance(to: now) }
      // Includes those that left the window when the counts were only read.
      if counts.bad != lastBad { isNews = true }
      slots[position].add(call)
      lastBad = counts.bad &+ call.bad
    }
    counts.add(call)
    let hasDoubled = !isFull && counts.bad > 0 && counts.calls & (counts.calls &- 1) == 0
    return isNews || hasDoubled
  }

  /// Drops the calls that are older than the window at `now`.
  mutating func advance(to now: Int64) {
    guard slotLength > 0, now >= slotEnd else { return }
    let behind = slotEnd == .min ? Int64.max : (now - slotEnd) / slotLength + 1
    if behind >= Int64(slots.count) {
      dropAll()
      slotEnd = now + slotLength
      return
    }
    for _ in 0..<behind {
      position = position + 1 == slots.count ? 0 : position + 1
      counts.subtract(slots[position])
      slots[position] = Counts()
    }
    slotEnd += behind * slotLength
  }

  /// Restores counts from a ledger, spread evenly over the window: the position of each call is unknown.
  /// - Parameter age: age of the counts in nanoseconds; calls that have left the window since are dropped.
  mutating func restore(_ stored: Counts, age: Int64, at now: Int64) {
    clear()
    // No window has more calls. A larger count is damaged, and would overflow in ``Counts/part(_:of:)``.
    let most = 1 << 32
    let calls = min(max(0, stored.calls), most)
    let whole = Counts(
      calls: calls, failures: min(max(0, stored.failures), calls),
      slow: min(max(0, stored.slow), calls))
    if slotLength == 0 {
      let whole = whole.limited(to: slots.count)
      for index in 0..<whole.calls { slots[index] = whole.part(index, of: whole.calls) }
      counts = whole
      position = whole.calls % slots.count
    } else if age < slotLength * Int64(slots.count) {
      for index in slots.indices { slots[index] = whole.part(index, of: slots.count) }
      counts = whole
      position = slots.count - 1
      slotEnd = now - max(0, age) + slotLength
      advance(to: now)
    }
    lastBad = counts.bad
  }

  mutating func clear() {
    dropAll()
    lastBad = 0
  }

  private mutating func dropAll() {
    guard counts.calls > 0 else { return }
    for index in slots.indices { slots[index] = Counts() }
    counts = Counts()
  }
}
