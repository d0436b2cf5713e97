package import Healing
import Synchronization

/// The calls of several stripes by the time of their end: a success and the failures after it may be in different ones.
package struct CallsInOrder: Sequence, IteratorProtocol {
  private let stripes: [[CallSample]]
  private var positions: [Int]

  package init(_ stripes: [[CallSample]]) {
    self.stripes = stripes.filter { !$0.isEmpty }
    positions = Array(repeating: 0, count: self.stripes.count)
  }

  package mutating func next() -> CallSample? {
    var first: (stripe: Int, call: CallSample)?
    for stripe in stripes.indices where positions[stripe] < stripes[stripe].count {
      let call = stripes[stripe][positions[stripe]]
      if first == nil || call.endedAt < first?.call.endedAt ?? .max { first = (stripe, call) }
    }
    guard let first else { return nil }
    positions[first.stripe] += 1
    return first.call
  }
}

/// A part of the queue of per-call samples. Bounded: what does not fit is merged by component, count for count.
package struct SampleStripe: ~Copyable, Sendable {
  /// What a stripe holds at most before it merges.
  package static let capacity = 16_384

  /// What did not fit of one component.
  package struct Merged {
    /// The operation of rejected calls by its number among those of the slot, and the reason.
    package struct Rejection: Hashable {
      package let operation: UInt16
      package let reason: RejectionReason
    }

    package private(set) var counts = CallCounts()
    package private(set) var executions = ExecutionCounts()
    package private(set) var rejections: [Rejection: Int64] = [:]
    /// When the last of it ended.
    package private(set) var endedAt: Int64 = .min

    package mutating func add(_ call: CallSample) {
      endedAt = max(endedAt, call.endedAt)
      if let outcome = call.outcome {
        counts.add(
          outcome, microseconds: call.duration / 1000, isStale: call.isStale, rejection: call.rejection)
      }
      if call.isPlain { return }
      executions.add(call)
      if call.outcome == .rejected, let reason = call.rejection {
        rejections[Rejection(operation: call.operation, reason: reason), default: 0].addClamped(1)
      }
    }

    /// The rejected calls by operation.
    /// - Parameter slot: that the samples carried.
    package func rejectedOperations(of slot: UInt32) -> [RejectedOperation: Int64] {
      Dictionary(
        rejections.map { key, calls in
          let operation = ComponentSlots.shared.operation(key.operation, of: slot)
          return (
            RejectedOperation(operation: operation ?? RejectedOperation.merged, reason: key.reason), calls
          )
        }, uniquingKeysWith: { $0.addingClamped($1) })
    }
  }

  package struct Content {
    package var calls: [CallSample] = []
    /// By number of the component's slot.
    package var merged: [UInt32: Merged] = [:]

    /// With all the room it may need, so that no caller has to make it. Memory is taken up as it is used.
    package init() { calls.reserveCapacity(SampleStripe.capacity) }

    package var isEmpty: Bool { calls.isEmpty && merged.isEmpty }
    /// How many calls it stands for.
    package var events: Int64 { merged.values.reduce(Int64(calls.count)) { $0 + $1.counts.total } }
  }

  private let content = Lock(Content())
  /// Says without the lock that there is no room, which is when calls come fastest.
  private let isFull = Atomic<Bool>(false)

  /// Keeps a call if there is room.
  /// - Returns: whether there was.
  package func append(_ call: CallSample) -> Bool {
    if isFull.load(ordering: .relaxed) { return false }
    return content.withLock { content in
      guard content.calls.count < Self.capacity else {
        isFull.store(true, ordering: .relaxed)
        return false
      }
      content.calls.append(call)
      return true
    }
  }

  /// Counts a call for which there is no room.
  package func merge(_ call: CallSample) {
    content.withLock { $0.merged[call.slot, default: Merged()].add(call) }
  }

  /// Takes what was merged of a component.
  package func takeMerged(_ component: ComponentName) -> [(slot: UInt32, merged: Merged)] {
    content.withLock { content in
      let slots = content.merged.keys.filter { ComponentSlots.shared.name(of: $0) == component }
      return slots.compactMap { slot in content.merged.removeValue(forKey: slot).map { (slot, $0) } }
    }
  }

  /// Takes all, leaving `empty` in its place: its room is used again.
  package func swap(with empty: inout Content) {
    content.withLock { content in
      Swift.swap(&content, &empty)
      isFull.store(false, ordering: .relaxed)
    }
  }

  package var isEmpty: Bool { content.withLock { $0.isEmpty } }
  package var events: Int64 { content.withLock { $0.events } }
}
