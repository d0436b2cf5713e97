import Foundation

/// Writes lines on a dedicated thread, so that a pipe without a reader blocks that thread and no caller. The
/// queue is bounded: lines that do not fit are dropped and counted. The count is written once writes succeed
/// again.
final class LogWriter: @unchecked Sendable {
  // `@unchecked`: mutable state is protected by the condition; the thread otherwise reads constants only.
  private let descriptor: Int32
  private let capacity: Int
  private let notice: @Sendable (Int) -> String
  private let condition = NSCondition()
  private var queue: [[UInt8]] = []
  private var bytes = 0
  private var dropped = 0
  /// Whether the last write failed. The count of dropped lines is written after one that succeeds.
  private var isFailing = false
  private var isWriting = false
  private var isStarted = false

  /// - Parameters:
  ///   - capacity: bytes of queued lines, without the one being written.
  ///   - notice: returns the line that reports the number of dropped lines.
  init(descriptor: Int32, capacity: Int = 1 << 20, notice: @escaping @Sendable (Int) -> String) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.notice = notice
  }

  /// Enqueues a line and adds the line break. Does not block.
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

  /// Waits until all lines are written, up to `limit`.
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
      // The previous line was cut off: starts a new line.
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
