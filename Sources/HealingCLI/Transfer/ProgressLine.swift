import Foundation

/// A line of progress on standard error, rewritten in place. Silent unless standard error is a terminal.
struct ProgressLine {
  private let isShown = isatty(STDERR_FILENO) == 1
  private var lastShown: ContinuousClock.Instant?
  private var isOnLine = false
  /// Shortest time between two texts.
  private static let interval = Duration.milliseconds(200)

  /// Shows a text, unless the last one is too recent.
  mutating func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < Self.interval { return }
    lastShown = now
    isOnLine = true
    write("\r\(text())\u{1B}[K")
  }

  /// Clears the line.
  mutating func end() {
    guard isOnLine else { return }
    isOnLine = false
    write("\r\u{1B}[K")
  }

  private func write(_ text: String) {
    _ = Descriptor.write(Array(text.utf8)[...], to: STDERR_FILENO)
  }
}
