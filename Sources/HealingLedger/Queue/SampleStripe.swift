package import Healing
import Synchronization

/// Iterates the calls of several stripes by the time of their end: a success and the failures after it may be
/// in different stripes.
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

/// A part of the queue of per-call samples. It is bounded: calls past its capacity are merged by component with
/// exact counts.
package struct SampleStripe: ~Copyable, Sendable {
  /// Maximum number of calls before the stripe merges.
  package static let capacity = 16_384

  /// The merged calls of one component.
  package struct Merged {
    /// A key of rejected calls: number of the operation within the slot, and reason.
    package struct Rejection: Hashable {
      package let operation: UInt16
      package let reason: RejectionReason
    }

    package private(set) var counts = CallCounts()
    package private(set) var executions = ExecutionCounts()
    package private(set) var rejections: [Rejection: Int64] = [:]
    /// End of the last call, on the monotonic clock.
    package private(set) var endedAt: Int64 = .min

    package mutating func add(_ call: CallSample) {
      endedAt = max(endedAt, call.endedAt)
      if let outcome = call.outcome {
        counts.add(
          outcome, microseconds: call.durationNanoseconds / 1000, isStale: call.isStale,
          rejection: call.rejection)
      }
      if call.isPlain { return }
      executions.add(call)
      if call.outcome == .rejected, let reason = call.rejection {
        rejections[Rejection(operation: call.operation, reason: reason), default: 0].addClamped(1)
      }
    }

    /// Returns the rejected calls by operation.
    /// - Parameter slot: slot of the samples.
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
    /// Merged calls by number of the component's slot.
    package var merged: [UInt32: Merged] = [:]

    /// Reserves the full capacity, so that no caller grows the array. The system provides the memory as it is
    /// used.
    package init() { calls.reserveCapacity(SampleStripe.capacity) }

    package var isEmpty: Bool { calls.isEmpty && merged.isEmpty }
    /// Number of calls.
    package var events: Int64 { merged.values.reduce(Int64(calls.count)) { $0 + $1.counts.total } }
    /// Number of calls that share a row with others.
    package var mergedEvents: Int64 {
      merged.values.reduce(0) { $1.counts.total > 1 ? $0.addingClamped($1.counts.total) : $0 }
    }
  }

  private let content = Lock(Content())
  /// Whether the stripe is full, readable without the lock: contention is highest then.
  private let isFull = Atomic<Bool>(false)

  /// Appends a call if there is room.
  /// - Returns: number of calls in the stripe; 0 when there was no room.
  package func append(_ call: CallSample) -> Int {
    if isFull.load(ordering: .relaxed) { return 0 }
    return content.withLock { content in
      guard content.calls.count < Self.capacity else {
        isFull.store(true, ordering: .relaxed)
        return 0
      }
      content.calls.append(call)
      return content.calls.count
    }
  }

  /// Merges a call for which there is no room.
  package func merge(_ call: CallSample) {
    content.withLock { $0.merged[call.slot, default: Merged()].add(call) }
  }

  /// Removes and returns the merged calls of a component.
  package func takeMerged(_ component: ComponentName) -> [(slot: UInt32, merged: Merged)] {
    content.withLock { content in
      let slots = content.merged.keys.filter { ComponentSlots.shared.name(of: $0) == component }
      return slots.compactMap { slot in content.merged.removeValue(forKey: slot).map { (slot, $0) } }
    }
  }

  /// Takes all contents and leaves `empty` in their place, whose storage is reused.
  package func swap(with empty: inout Content) {
    content.withLock { content in
      Swift.swap(&content, &empty)
      isFull.store(false, ordering: .relaxed)
    }
  }

  package var isEmpty: Bool { content.withLock { $0.isEmpty } }
  /// Whether half the room is used.
  package var isHalfFull: Bool {
    content.withLock { $0.calls.count >= Self.capacity / 2 || !$0.merged.isEmpty }
  }
  package var events: Int64 { content.withLock { $0.events } }
  package var mergedEvents: Int64 { content.withLock { $0.mergedEvents } }
}
