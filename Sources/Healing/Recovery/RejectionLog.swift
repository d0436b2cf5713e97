/// What a component keeps to record its rejected calls: numbers of their operations, and how many rows it may still write
/// in this second. A pure state.
struct RejectionLog: Sendable {
  /// How one rejected call is recorded.
  struct Entry: Sendable {
    /// Number of its operation in samples.
    let operation: UInt16
    /// Whether it is a row.
    let takesRow: Bool

    /// Of a component that is not the ledger's.
    static let none = Entry(operation: 0, takesRow: false)
  }

  private var numbers: [String: UInt16] = [:]
  private var lastOperation = ""
  private var lastNumber: UInt16 = 0
  /// Whether the component has as many operations as can have numbers.
  private var isFull = false
  private var secondEnd: Int64 = .min
  private var rows = 0

  mutating func log(_ operation: String, slot: UInt32, at now: Int64) -> Entry {
    Entry(operation: number(of: operation, slot: slot), takesRow: takesRow(at: now))
  }

  /// The number of an operation in samples of a slot; 0 when the component has too many.
  mutating func number(of operation: String, slot: UInt32) -> UInt16 {
    if lastNumber > 0 && operation == lastOperation { return lastNumber }
    var number = numbers[operation] ?? 0
    if number == 0 && !isFull {
      number = ComponentSlots.shared.addOperation(Redactor.redactName(operation), to: slot)
      // Operations that differ in their secrets only have one number, and may be many.
      if numbers.count >= ComponentSlots.operationLimit { numbers = [:] }
      if number > 0 { numbers[operation] = number } else { isFull = true }
    }
    guard number > 0 else { return 0 }
    (lastOperation, lastNumber) = (operation, number)
    return number
  }

  /// Whether a rejected call is a row of its own.
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
