import CHealingLinux
import Glibc
package import Healing

/// The locks between the processes of one ledger, on a side file. Byte 0 is the right to write; byte *n* shows
/// that run *n* of the ledger is alive. The kernel releases them when the process ends, for whatever reason.
/// ``LockFileMarks`` describes the contents of the file.
///
/// These are open-file-description locks, so two ledgers opened in one process also exclude each other.
package final class LedgerLock: Sendable {
  private let file: LedgerFile
  let marks: LockFileMarks
  private var descriptor: Int32 { marks.descriptor }

  /// The next waiting writer holds this byte while it waits for byte 0, so that a writer that has just released
  /// byte 0 cannot lock it again before the others.
  private static let turnstile: Int64 = 1 << 61

  /// The one process that prunes the ledger by itself holds this byte.
  private static let retention: Int64 = 1 << 60

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

  /// Identity of the open file; `nil` when the system does not report it.
  var identity: FileIdentity? { FileIdentity(descriptor: descriptor) }

  /// Whether the open file is still under the path.
  var isInPlace: Bool {
    guard let identity, let now = FileIdentity(path: file.lockPath) else { return false }
    return now.isSameFile(as: identity)
  }

  /// Runs `body` while no other process writes or checkpoints.
  /// - Throws: ``LedgerError`` with code `busy` when the lock is not acquired within the timeout.
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

  /// - Parameter longestPause: longest pause between two attempts, in microseconds.
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
      // The kernel has no wait with a timeout for these locks. Commits are short, so short sleeps suffice.
      usleep(pause)
      pause = min(pause * 2, longestPause)
    }
  }

  /// Makes this lock's process the one that prunes the ledger, until ``endRetention()`` or the end of this lock object.
  /// - Returns: false when another process prunes it.
  func beginRetention() -> Bool { clinux_try_lock_byte(descriptor, Self.retention) == 0 }

  func endRetention() { _ = clinux_unlock_byte(descriptor, Self.retention) }

  /// Locks the byte of run `id`, until ``markEnded(process:)`` or the end of this lock object.
  package func markAlive(process id: Int64) {
    _ = clinux_try_lock_byte(descriptor, id)
  }

  /// Releases the byte of run `id`. Closing the file would not release it while a program that is just being
  /// started has a copy of the descriptor.
  package func markEnded(process id: Int64) {
    _ = clinux_unlock_byte(descriptor, id)
  }

  /// Whether run `id` of this ledger is alive. Call it on another lock object than the run's own. Also true
  /// when the kernel does not report the lock, and while a run that a new lock file does not know may still
  /// find it: the work of a live process must not be marked interrupted.
  package func isAlive(process id: Int64) -> Bool {
    if clinux_is_byte_locked(descriptor, id) != 0 { return true }
    return !marks.knows(process: id) && marks.isNew
  }
}
