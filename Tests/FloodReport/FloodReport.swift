/// The report of a `FloodWriter` at its end.
package struct FloodReport: Codable, Sendable {
  /// Calls made, failures included.
  package let calls: Int
  package let failures: Int
  /// How long it made calls.
  package let seconds: Double
  /// The most memory it had resident, in bytes.
  package var peakMemory = 0
  /// Processor time of the process while it made calls, in seconds.
  package var processorSeconds = 0.0
  /// Of it, that of the ledger's writer.
  package var writerSeconds = 0.0
  /// Calls of `fdatasync` and `fsync` a second after the first second, if counted.
  package var synchronisationsPerSecond = 0.0

  package init(calls: Int, failures: Int, seconds: Double) {
    self.calls = calls
    self.failures = failures
    self.seconds = seconds
  }
}
