import Synchronization

/// Allocates the numbers of ``ComponentSlot``s. Keeps a name while its slot exists and while a queue may hold
/// samples of that slot.
package final class ComponentSlots: Sendable {
  /// The process's slots.
  package static let shared = ComponentSlots()

  private struct State {
    /// Names by number; number 0 is never allocated.
    var names: [ComponentName?] = [nil]
    /// Operations of each slot whose calls were rejected, by operation number less 1.
    var operations: [UInt32: [String]] = [:]
    var free: [UInt32] = []
    /// Numbers of released slots, oldest first, that queued samples may still carry.
    var retired: [UInt32] = []
    /// Number of slots ever retired; the last element of ``retired`` is the latest.
    var retirements: UInt64 = 0
    /// By queue, the retirement count up to which the queue holds no samples.
    var drained: [Int: UInt64] = [:]
    var drains = 0

    /// Frees the retired numbers that no queued sample can carry.
    mutating func release() {
      let first = retirements - UInt64(retired.count)
      let clean = drained.values.min() ?? retirements
      guard clean > first else { return }
      let count = Int(clean - first)
      for number in retired[..<count] {
        names[Int(number)] = nil
        operations[number] = nil
      }
      free += retired[..<count]
      retired.removeFirst(count)
      if free.count == names.count - 1 { (names, free) = ([nil], []) }
    }
  }
  private let state = Lock(State())

  package init() {}

  func take(for name: ComponentName) -> UInt32 {
    state.withLock { state in
      if let number = state.free.popLast() {
        state.names[Int(number)] = name
        return number
      }
      state.names.append(name)
      return UInt32(state.names.count - 1)
    }
  }

  func retire(_ number: UInt32) {
    state.withLock { state in
      state.retired.append(number)
      state.retirements += 1
      state.release()
    }
  }

  /// Returns the name of a number; `nil` for a free or unknown number. A number in a queued sample always has a
  /// name, because the number is freed only after the sample is written.
  package func name(of number: UInt32) -> ComponentName? {
    state.withLock { Int(number) < $0.names.count ? $0.names[Int(number)] : nil }
  }

  /// Returns the number of a slot's operation for ``CallSample/operation``, allocating one for a new operation.
  /// - Parameter operation: without secrets.
  /// - Returns: a number from 1; 0 when the slot already has ``operationLimit`` other operations.
  func addOperation(_ operation: String, to number: UInt32) -> UInt16 {
    state.withLock { state in
      // Operations that differ only in their secrets are equal here.
      if let known = state.operations[number]?.firstIndex(of: operation) { return UInt16(known + 1) }
      let count = state.operations[number]?.count ?? 0
      guard count < Self.operationLimit else { return 0 }
      state.operations[number, default: []].append(operation)
      return UInt16(count + 1)
    }
  }

  /// Maximum number of numbered operations per component.
  static let operationLimit = 1_000

  /// Returns the operation of a number of a slot; `nil` for 0. Call it before the sample's queue is drained.
  package func operation(_ operation: UInt16, of number: UInt32) -> String? {
    guard operation > 0 else { return nil }
    return state.withLock { state in
      guard let operations = state.operations[number], Int(operation) <= operations.count else { return nil }
      return operations[Int(operation) - 1]
    }
  }

  /// The names of all allocated numbers.
  package var names: [ComponentName] { state.withLock { $0.names.compactMap(\.self) } }

  // MARK: Queues

  fileprivate func addDrain() -> Int {
    state.withLock { state in
      state.drains += 1
      state.drained[state.drains] = state.retirements
      return state.drains
    }
  }

  fileprivate func removeDrain(_ id: Int) {
    state.withLock { state in
      state.drained[id] = nil
      state.release()
    }
  }

  fileprivate var retirements: UInt64 { state.withLock { $0.retirements } }

  fileprivate func drained(_ id: Int, upTo retirement: UInt64) {
    state.withLock { state in
      guard let before = state.drained[id], retirement > before else { return }
      state.drained[id] = retirement
      state.release()
    }
  }
}

/// Reports which samples a queue no longer holds, so that the slots' numbers can be freed. Every queue that keeps
/// ``CallSample``s after ``Ledger/record(_:)-(CallSample)`` returns owns one.
package final class SlotDrain: Sendable {
  private let slots: ComponentSlots
  private let id: Int

  package init(of slots: ComponentSlots = .shared) {
    self.slots = slots
    id = slots.addDrain()
  }

  deinit { end() }

  /// Returns the current retirement count. Call it before draining the whole queue: the drained entries include all
  /// samples of the slots retired so far.
  package func mark() -> UInt64 { slots.retirements }

  /// Reports that the entries drained after ``mark()`` are no longer needed.
  package func drained(since mark: UInt64) { slots.drained(id, upTo: mark) }

  /// Removes the queue: its remaining entries are never read.
  package func end() { slots.removeDrain(id) }
}
