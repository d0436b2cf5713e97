import Healing
import Synchronization

/// A part of the queue of per-call samples. Bounded: what does not fit is merged by component, count for count.
struct SampleStripe: ~Copyable, Sendable {
  /// What a stripe holds at most before it merges.
  static let capacity = 16_384

  struct Content {
    var calls: [CallSample] = []
    /// By component index: what did not fit, and when the last of it ended.
    var merged: [UInt32: (counts: CallCounts, endedAt: Int64)] = [:]

    var isEmpty: Bool { calls.isEmpty && merged.isEmpty }
  }

  private let content: Mutex<Content>

  init() {
    var content = Content()
    content.calls.reserveCapacity(Self.capacity)
    self.content = Mutex(content)
  }

  func append(_ call: CallSample) {
    content.withLock { content in
      if content.calls.count < Self.capacity {
        content.calls.append(call)
      } else {
        var merged = content.merged[call.component.index] ?? (CallCounts(), call.endedAt)
        merged.counts.add(call.outcome, microseconds: call.duration / 1000)
        merged.endedAt = max(merged.endedAt, call.endedAt)
        content.merged[call.component.index] = merged
      }
    }
  }

  /// Takes all, leaving `empty` in its place: its room is used again.
  func swap(with empty: inout Content) {
    content.withLock { Swift.swap(&$0, &empty) }
  }

  var isEmpty: Bool { content.withLock { $0.isEmpty } }
}
