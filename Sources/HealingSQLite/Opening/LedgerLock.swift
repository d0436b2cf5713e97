import CLinux
import Glibc
package import Healing

/// The locks between the processes of one ledger, on a side file: byte 0 is the right to write, byte *n* says
/// that process *n* of the ledger is alive. The kernel drops them when the process ends, however it ends.
///
/// They are open-file-description locks, so that two ledgers opened in one process exclude each other, too.
package final class LedgerLock: Sendable {
  private let descriptor: Int32
  private let file: LedgerFile

  package init(file: LedgerFile) throws(LedgerError) {
    self.file = file
    descriptor = open(file.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw LedgerError(
        .unavailable, ledger: file.path,
        problem: "the lock file \(file.lockPath) cannot be opened: \(String(cString: strerror(errno)))",
        remedy: "check that the folder can be written")
    }
  }

  deinit { close(descriptor) }

  /// Runs `body` while no other process writes or checkpoints.
  /// - Throws: ``LedgerError`` with code `busy` when the lock is not to be had within the time.
  package func withWriteLock<Value>(
    timeout: Duration = .seconds(10), _ body: () throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    try acquire(timeout: timeout)
    defer { _ = clinux_unlock_byte(descriptor, 0) }
    return try body()
  }

  private func acquire(timeout: Duration) throws(LedgerError) {
    let clock = ContinuousClock()
    let deadline = clock.now + timeout
    var pause: UInt32 = 20
    while true {
      let code = clinux_try_lock_byte(descriptor, 0)
      if code == 0 { return }
      guard code == EAGAIN || code == EACCES || code == EINTR else {
        throw LedgerError(
          .unavailable, ledger: file.path, problem: "locking failed: \(String(cString: strerror(code)))",
          remedy: "put the ledger on a local disk")
      }
      guard clock.now < deadline else {
        throw LedgerError(
          .busy, ledger: file.path, problem: "another process has held the write lock for over \(timeout)",
          remedy: "end the program that holds it")
      }
      // The kernel offers no wait with a time limit here; commits are short, so short sleeps do.
      usleep(pause)
      pause = min(pause * 2, 1_000)
    }
  }

  /// Claims the place of process `id`, until ``markEnded(process:)`` or for as long as this lock object lives.
  package func markAlive(process id: Int64) {
    _ = clinux_try_lock_byte(descriptor, id)
  }

  /// Gives it up. Closing the file would not while a program that is just being started has a copy of its descriptor.
  package func markEnded(process id: Int64) {
    _ = clinux_unlock_byte(descriptor, id)
  }

  /// Whether process `id` of this ledger still runs. Asked from another lock object than its own. Alive, too, when the
  /// kernel does not say: what a living process does must not be ended for it.
  package func isAlive(process id: Int64) -> Bool {
    clinux_is_byte_locked(descriptor, id) != 0
  }
}
