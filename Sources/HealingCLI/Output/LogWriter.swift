import Foundation

/// Writes lines from a thread of its own, so that a pipe that is not read blocks that thread and no caller. The queue is
/// bounded: what does not fit is dropped, counted, and the count written once lines can be written again.
final class LogWriter: @unchecked Sendable {
  // `@unchecked`: what changes is under the condition, and the thread reads constants beside it.
  private let descriptor: Int32
  private let capacity: Int
  private let notice: @Sendable (Int) -> String
  private let condition = NSCondition()
  private var queue: [[UInt8]] = []
  private var bytes = 0
  private var dropped = 0
  /// The last write failed. The count of what was dropped waits for one that succeeds.
  private var isFailing = false
  private var isWriting = false
  private var isStarted = false

  /// - Parameters:
  ///   - capacity: bytes of lines that wait, beside the one that is being written.
  ///   - notice: the line that says how many were dropped.
  init(descriptor: Int32, capacity: Int = 1 << 20, notice: @escaping @Sendable (Int) -> String) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.notice = notice
  }

  /// Queues a line, to which the line break is added. Returns at once.
  func write(_ line: String) {
    condition.withLock {
      let line = Array("\(line)\n".utf8)
      guard bytes + line.count <= capacity else {
        dropped += 1
        return
      }
      if dropped > 0 && !isFailing { enqueueNotice() }
      enqueue(line)
      if !isStarted { start() }
      condition.broadcast()
    }
  }

  /// Waits until all lines are written, but not for long.
  func flush(within limit: Duration) {
    let deadline = Date(timeIntervalSinceNow: Double(limit.components.seconds))
    condition.withLock {
      while isWriting || !queue.isEmpty {
        guard condition.wait(until: deadline) else { return }
      }
    }
  }

  private func enqueue(_ line: [UInt8]) {
    queue.append(line)
    bytes += line.count
  }

  private func enqueueNotice() {
    enqueue(Array("\(notice(dropped))\n".utf8))
    dropped = 0
  }

  private func start() {
    isStarted = true
    let thread = Thread { [self] in run() }
    thread.name = "healing-log"
    thread.start()
  }

  private func run() -> Never {
    var isTorn = false
    while true {
      var line = next()
      // The rest of a line is missing: this one is not to be taken for it.
      if isTorn { line.insert(UInt8(ascii: "\n"), at: 0) }
      let (count, code) = Descriptor.write(line[...], to: descriptor)
      if count > 0 { isTorn = code != 0 }
      condition.withLock {
        isWriting = false
        isFailing = code != 0
        if isFailing { dropped += 1 } else if dropped > 0 && queue.isEmpty { enqueueNotice() }
        condition.broadcast()
      }
    }
  }

  private func next() -> [UInt8] {
    condition.withLock {
      while queue.isEmpty { condition.wait() }
      let line = queue.removeFirst()
      bytes -= line.count
      isWriting = true
      return line
    }
  }
}
