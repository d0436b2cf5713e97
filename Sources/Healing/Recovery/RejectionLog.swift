/// What a component needs to record its rejected calls: numbers of operations, and the rows still allowed in
/// this second. A pure value.
struct RejectionLog: Sendable {
  /// How one rejected call is recorded.
  struct Entry: Sendable {
    /// Number of the operation in samples.
    let operation: UInt16
    /// Whether the call gets a row.
    let takesRow: Bool

    /// The entry of a refused component.
    static let none = Entry(operation: 0, takesRow: false)
  }

  private var numbers: [String: UInt16] = [:]
  private var lastOperation = ""
  private var lastNumber: UInt16 = 0
  /// Whether the component has the maximum number of numbered operations.
  private var isFull = false
  private var secondEnd: Int64 = .min
  private var rows = 0

  mutating func log(_ operation: String, slot: UInt32, at now: Int64) -> Entry {
    Entry(operation: number(of: operation, slot: slot), takesRow: takesRow(at: now))
  }

  /// Returns the number of an operation in samples of a slot; 0 when the component has too many operations.
  mutating func number(of operation: String, slot: UInt32) -> UInt16 {
    if lastNumber > 0 && operation == lastOperation { return lastNumber }
    var number = numbers[operation] ?? 0
    if number == 0 && !isFull {
      number = ComponentSlots.shared.addOperation(Redactor.redactName(operation), to: slot)
      // Operations that differ only in their secrets share one number, and can be many.
      if numbers.count >= ComponentSlots.operationLimit { numbers = [:] }
      if number > 0 { numbers[operation] = number } else { isFull = true }
    }
    guard number > 0 else { return 0 }
    (lastOperation, lastNumber) = (operation, number)
    return number
  }

  /// Whether a rejected call gets its own row.
  /// - Parameter now: nanoseconds on the monotonic clock.
  mutating func takesRow(at now: Int64) -> Bool {
    if now >= secondEnd {
      secondEnd = now.addingClamped(1_000_000_000)
      rows = 0
    }
    guard rows < RejectedCall.rowsPerSecond else { return false }
    rows += 1
    return true
  }
}
