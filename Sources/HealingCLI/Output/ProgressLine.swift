import Foundation
import Healing
import HealingSQLite
import Synchronization

/// A line on standard error that shows the progress of a command. Printed only on a terminal, and only once the command
/// has run for a second.
final class ProgressLine: Sendable {
  private struct State {
    var shownWidth = 0
    var nextAt: Int64
  }

  private let state: Lock<State>
  private let time: any TimeSource
  private let isTerminal: Bool

  init(time: any TimeSource = SystemTimeSource(), isTerminal: Bool = isatty(STDERR_FILENO) == 1) {
    self.time = time
    self.isTerminal = isTerminal
    state = Lock(State(nextAt: time.monotonicNanoseconds() + 1_000_000_000))
  }

  /// Replaces the line, at most ten times a second.
  func show(_ text: @autoclosure () -> String) {
    guard isTerminal else { return }
    let now = time.monotonicNanoseconds()
    let line = state.withLock { state -> String? in
      guard now >= state.nextAt else { return nil }
      let text = String(TerminalText.line(text()).prefix(70))
      let padding = String(repeating: " ", count: max(0, state.shownWidth - text.count))
      state = State(shownWidth: text.count, nextAt: now + 100_000_000)
      return "\r\(text)\(padding)"
    }
    if let line { write(line) }
  }

  /// Removes the line.
  func end() {
    let width = state.withLock { state in
      let width = state.shownWidth
      state.shownWidth = 0
      return width
    }
    if width > 0 { write("\r\(String(repeating: " ", count: width))\r") }
  }

  private func write(_ text: String) { _ = Descriptor.write(Array(text.utf8)[...], to: STDERR_FILENO) }
}

extension ProgressLine {
  /// Shows how far a copy is.
  func show(_ progress: LedgerCopy.Progress) {
    switch progress {
    case .copying(let done, let size): show("copying: \(ByteText.of(done)) of \(ByteText.of(size))")
    case .checking(let bytes): show("checking the copy of \(ByteText.of(bytes))")
    }
  }
}
