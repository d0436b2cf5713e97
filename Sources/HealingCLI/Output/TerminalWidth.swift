import Foundation
import Healing

/// How wide a table may be.
enum TerminalWidth {
  /// The columns of the terminal that standard output is, from `COLUMNS` or from the terminal itself; `nil` when it is no
  /// terminal or its width is not known: then nothing is cut.
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
