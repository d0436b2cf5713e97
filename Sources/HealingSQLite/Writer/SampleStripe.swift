import Healing
import Synchronization

/// A part of the queue of per-call samples. Bounded: what does not fit is merged by component, count for count.
struct SampleStripe: ~Copyable, Sendable {
  /// What a stripe holds at most before it merges.
  static let capacity = 16_384

  /// What did not fit of one component.
  struct Merged {
    private(set) var counts = CallCounts()
    /// When the last of it ended.
    private(set) var endedAt: Int64 = .min

    mutating func add(_ call: CallSample) {
      counts.add(call.outcome, microseconds: call.duration / 1000)
      endedAt = max(endedAt, call.endedAt)
    }
  }

  struct Content {
    var calls: [CallSample] = []
    /// By component index.
    var merged: [UInt32: Merged] = [:]

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
        content.merged[call.component.index, default: Merged()].add(call)
      }
    }
  }

  /// Takes all, leaving `empty` in its place: its room is used again.
  func swap(with empty: inout Content) {
    content.withLock { Swift.swap(&$0, &empty) }
  }

  var isEmpty: Bool { content.withLock { $0.isEmpty } }
}
