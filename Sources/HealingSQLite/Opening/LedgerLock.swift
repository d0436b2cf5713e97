import CHealingLinux
import Glibc
package import Healing

/// The locks between the processes of one ledger, on a side file: byte 0 is the right to write, byte *n* says
/// that run *n* of the ledger is alive. The kernel drops them when the process ends, however it ends. What the file holds
/// is in ``LockFileMarks``.
///
/// They are open-file-description locks, so that two ledgers opened in one process exclude each other, too.
package final class LedgerLock: Sendable {
  private let file: LedgerFile
  let marks: LockFileMarks
  private var descriptor: Int32 { marks.descriptor }

  /// The next writer in line holds this byte while it waits for byte 0, so that a writer that has just released byte 0
  /// cannot take it again before the others.
  private static let turnstile: Int64 = 1 << 61

  package init(file: LedgerFile) throws(LedgerError) {
    self.file = file
    var isNew = true
    var opened = open(file.lockPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if opened < 0 && errno == EEXIST {
      isNew = false
      opened = open(file.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }
    guard opened >= 0 else {
      throw LedgerError(
        .unavailable, ledger: file.path,
        problem: "the lock file \(file.lockPath) cannot be opened: \(String(cString: strerror(errno)))",
        remedy: "check that the folder can be written")
    }
    marks = LockFileMarks(descriptor: opened)
    if isNew { marks.begin() }
  }

  /// The file that is open; `nil` when the system does not say.
  var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// Whether the open file is still the one under the path.
  var isInPlace: Bool {
    guard let identity, let now = FileIdentity(path: file.lockPath) else { return false }
    return now.isSameFile(as: identity)
  }

  /// Runs `body` while no other process writes or checkpoints.
  /// - Throws: ``LedgerError`` with code `busy` when the lock is not to be had within the time.
  package func withWriteLock<Value>(
    timeout: Duration = .seconds(10), _ body: () throws(LedgerError) -> Value
  ) throws(LedgerError) -> Value {
    let deadline = ContinuousClock.now + timeout
    try acquire(Self.turnstile, longestPause: 1_000, until: deadline, timeout)
    do throws(LedgerError) {
      try acquire(0, longestPause: 100, until: deadline, timeout)
    } catch {
      _ = clinux_unlock_byte(descriptor, Self.turnstile)
      throw error
    }
    _ = clinux_unlock_byte(descriptor, Self.turnstile)
    defer { _ = clinux_unlock_byte(descriptor, 0) }
    return try body()
  }

  /// - Parameter longestPause: between two tries, in microseconds.
  private func acquire(
    _ byte: Int64, longestPause: UInt32, until deadline: ContinuousClock.Instant, _ timeout: Duration
  ) throws(LedgerError) {
    var pause: UInt32 = 20
    while true {
      let code = clinux_try_lock_byte(descriptor, byte)
      if code == 0 { return }
      guard code == EAGAIN || code == EACCES || code == EINTR else {
        throw LedgerError(
          .unavailable, ledger: file.path, problem: "locking failed: \(String(cString: strerror(code)))",
          remedy: "put the ledger on a local disk")
      }
      guard ContinuousClock.now < deadline else {
        throw LedgerError(
          .busy, ledger: file.path, problem: "another process has held the write lock for over \(timeout)",
          remedy: "end the program that holds it")
      }
      // The kernel offers no wait with a time limit here; commits are short, so short sleeps do.
      usleep(pause)
      pause = min(pause * 2, longestPause)
    }
  }

  /// Claims the place of run `id`, until ``markEnded(process:)`` or for as long as this lock object lives.
  package func markAlive(process id: Int64) {
    _ = clinux_try_lock_byte(descriptor, id)
  }

  /// Gives it up. Closing the file would not while a program that is just being started has a copy of its descriptor.
  package func markEnded(process id: Int64) {
    _ = clinux_unlock_byte(descriptor, id)
  }

  /// Whether run `id` of this ledger still runs. Asked from another lock object than its own. Alive, too, when the
  /// kernel does not say, and while a run that this lock file does not know yet may still find it: what a living
  /// process does must not be ended for it.
  package func isAlive(process id: Int64) -> Bool {
    if clinux_is_byte_locked(descriptor, id) != 0 { return true }
    return !marks.knows(process: id) && marks.isNew
  }
}
