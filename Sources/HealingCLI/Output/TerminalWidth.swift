import Foundation
import Healing

/// The width available to tables.
enum TerminalWidth {
  /// Width of the terminal on standard output in columns, from `COLUMNS` or from the terminal. `nil` when
  /// standard output is not a terminal or its width is unknown: then tables are not cut.
  static var current: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    if let columns = ProcessInfo.processInfo.environment["COLUMNS"].flatMap({ Int(digits: $0) }), columns > 0
    {
      return columns
    }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
