/// Counts calls, failures and slow calls over the last calls or the last while, in constant time a call
/// and fixed memory.
struct CallWindow: Sendable {
  struct Counts: Sendable, Hashable {
    var calls = 0
    var failures = 0
    var slow = 0

    // No window sees as many calls as would overflow these.

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

    /// Returns `count / calls`. The division is rounded correctly, so it equals a rate given as the same fraction; the product
    /// `rate * calls` may not.
    func share(of count: Int) -> Double { Double(count) / Double(calls) }

    /// One of `count` even parts; together they are the whole.
    fileprivate func part(_ index: Int, of count: Int) -> Counts {
      func share(_ whole: Int) -> Int { whole * (index + 1) / count - whole * index / count }
      return Counts(calls: share(calls), failures: share(failures), slow: share(slow))
    }

    /// At most `limit` calls, in the same proportions.
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
  /// Failures and slow calls in the window after the last call that was counted. Some may have left it since.
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
  /// - Returns: whether a restart that knew the counts before would judge otherwise: a failure or slow call came or left,
  ///   or the calls among which there are some have doubled.
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
      // Also those that have left when the counts were only read.
      if counts.bad != lastBad { isNews = true }
      slots[position].add(call)
      lastBad = counts.bad &+ call.bad
    }
    counts.add(call)
    let hasDoubled = !isFull && counts.bad > 0 && counts.calls & (counts.calls &- 1) == 0
    return isNews || hasDoubled
  }

  /// Drops what has left the window by `now`.
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

  /// Takes over what a ledger remembers. Where in the window each call was is not known: they are spread evenly.
  /// - Parameter age: nanoseconds since the counts were true; what has left the window since is dropped.
  mutating func restore(_ remembered: Counts, age: Int64, at now: Int64) {
    clear()
    // More than this is no count of a window, and would overflow where parts are taken.
    let most = 1 << 32
    let calls = min(max(0, remembered.calls), most)
    let whole = Counts(
      calls: calls, failures: min(max(0, remembered.failures), calls),
      slow: min(max(0, remembered.slow), calls))
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
