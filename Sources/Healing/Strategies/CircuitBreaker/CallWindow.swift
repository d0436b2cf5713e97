/// Counts calls, failures and slow calls over the last calls or the last while, in constant time a call
/// and fixed memory.
struct CallWindow: Sendable {
  struct Counts: Sendable, Hashable {
    var calls = 0
    var failures = 0
    var slow = 0

    mutating func add(_ other: Counts, times sign: Int = 1) {
      calls += sign * other.calls
      failures += sign * other.failures
      slow += sign * other.slow
    }
  }

  private static let timeSlots = 10

  private(set) var counts = Counts()
  private var slots: [Counts]
  private var position = 0
  /// Length of a slot in nanoseconds; 0 when a slot is one call.
  private let slotLength: Int64
  private var slotEnd: Int64 = .min

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

  mutating func add(failed: Bool, slow: Bool, at now: Int64) {
    let call = Counts(calls: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0)
    if slotLength == 0 {
      counts.add(slots[position], times: -1)
      slots[position] = call
      position = position + 1 == slots.count ? 0 : position + 1
    } else {
      advance(to: now)
      slots[position].add(call)
    }
    counts.add(call)
  }

  /// Drops what has left the window by `now`.
  private mutating func advance(to now: Int64) {
    guard now >= slotEnd else { return }
    let behind = slotEnd == .min ? Int64.max : (now - slotEnd) / slotLength + 1
    if behind >= Int64(slots.count) {
      clear()
      slotEnd = now + slotLength
      return
    }
    for _ in 0..<behind {
      position = position + 1 == slots.count ? 0 : position + 1
      counts.add(slots[position], times: -1)
      slots[position] = Counts()
    }
    slotEnd += behind * slotLength
  }

  mutating func clear() {
    guard counts.calls > 0 else { return }
    for index in slots.indices { slots[index] = Counts() }
    counts = Counts()
  }
}
