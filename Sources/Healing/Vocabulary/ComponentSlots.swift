import Synchronization

/// The numbers of ``ComponentSlot``s. It holds a name no longer than somebody records calls under it, and a
/// queue may hold those calls.
package final class ComponentSlots: Sendable {
  /// Those of this process.
  package static let shared = ComponentSlots()

  private struct State {
    /// By number; number 0 is never given out.
    var names: [ComponentName?] = [nil]
    /// Operations of each slot whose calls were rejected; number 1 is the first.
    var operations: [UInt32: [String]] = [:]
    var free: [UInt32] = []
    /// Numbers of slots that are gone, oldest first, that samples in a queue may still carry.
    var retired: [UInt32] = []
    /// How many slots were ever retired; the last of ``retired`` is this one.
    var retirements: UInt64 = 0
    /// For each queue, up to which retirement it holds no samples.
    var drained: [Int: UInt64] = [:]
    var drains = 0

    /// Frees what no queue can hold any more.
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

  /// The name that a number stands for. Asked about a number that a sample carries, which is not given back before the
  /// sample is written, it is always there.
  package func name(of number: UInt32) -> ComponentName? {
    state.withLock { Int(number) < $0.names.count ? $0.names[Int(number)] : nil }
  }

  /// Gives an operation of a slot a number for ``CallSample/operation``.
  /// - Parameter operation: without secrets.
  /// - Returns: from 1; 0 when the slot has ``operationLimit`` operations.
  func addOperation(_ operation: String, to number: UInt32) -> UInt16 {
    state.withLock { state in
      // Operations that differ in their secrets only are one.
      if let known = state.operations[number]?.firstIndex(of: operation) { return UInt16(known + 1) }
      let count = state.operations[number]?.count ?? 0
      guard count < Self.operationLimit else { return 0 }
      state.operations[number, default: []].append(operation)
      return UInt16(count + 1)
    }
  }

  /// So many operations of a component have numbers.
  static let operationLimit = 1_000

  /// The operation that a number of a slot stands for; `nil` for 0. Read before the sample's queue is drained.
  package func operation(_ operation: UInt16, of number: UInt32) -> String? {
    guard operation > 0 else { return nil }
    return state.withLock { state in
      guard let operations = state.operations[number], Int(operation) <= operations.count else { return nil }
      return operations[Int(operation) - 1]
    }
  }

  /// The names it holds.
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

/// A queue's word on which samples it no longer holds. A queue that keeps ``CallSample``s beyond
/// ``Ledger/record(_:)-(CallSample)`` has one.
package final class SlotDrain: Sendable {
  private let slots: ComponentSlots
  private let id: Int

  package init(of slots: ComponentSlots = .shared) {
    self.slots = slots
    id = slots.addDrain()
  }

  deinit { end() }

  /// To be called before everything in the queue is taken out: what was recorded under slots that are gone by now is
  /// among what is taken.
  package func mark() -> UInt64 { slots.retirements }

  /// What was taken out after a ``mark()`` is not needed any more.
  package func drained(since mark: UInt64) { slots.drained(id, upTo: mark) }

  /// The queue is emptied no more; what it holds is never read.
  package func end() { slots.removeDrain(id) }
}
