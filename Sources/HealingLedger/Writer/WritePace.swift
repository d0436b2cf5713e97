/// When the writer writes calls, and how many rows of calls and errors it writes. The default writes every entry
/// within 2 ms, in a separate row.
package struct WritePace: Sendable {
  /// Longest time that calls wait for another entry to be written with, in nanoseconds; 0 for none.
  package var sampleDelay: Int64 = 0
  /// Rows per second of a component whose calls have rows of their own. Past it, the calls of a second share a row.
  /// 0 merges all calls of a second, `nil` merges none.
  package var callRows: Int?
  /// Rows per second of equal errors of a component. Past it they share a row; `nil` merges none.
  package var errorRows: Int?

  package init(sampleDelay: Int64 = 0, callRows: Int? = nil, errorRows: Int? = nil) {
    self.sampleDelay = sampleDelay
    self.callRows = callRows
    self.errorRows = errorRows
  }
}
