import CHealingLinux
import Glibc
package import Healing

/// Puts a backup in place of a ledger that no program has open.
package struct LedgerRestore: Sendable {
  package struct Result: Sendable {
    /// Size of the restored ledger in bytes.
    package let bytes: Int64
    /// Path under which the former ledger is kept; its log has the suffix `-wal`. `nil` when there was neither.
    package let keptAs: String?
  }

  private let backup: LedgerFile
  private let file: LedgerFile
  private let copy: LedgerCopy

  /// - Parameters:
  ///   - backup: path of the backup, which is not changed.
  ///   - path: path of the ledger.
  ///   - bytesPerSecond: average rate at which pages are copied.
  ///   - progress: called after each step on the caller's thread.
  package init(
    backup: String, path: String, bytesPerSecond: Int64 = LedgerCopy.defaultBytesPerSecond,
    time: any TimeSource = SystemTimeSource(),
    progress: @escaping @Sendable (LedgerCopy.Progress) -> Void = { _ in }
  ) {
    self.backup = LedgerFile(path: backup)
    file = LedgerFile(path: path)
    copy = LedgerCopy(bytesPerSecond: bytesPerSecond, time: time, progress: progress)
  }

  /// Copies the backup to `PATH-partial`, checks the copy, and renames it to the ledger's path. The caller then opens
  /// the ledger once with ``SQLiteLedger/init(acceptingLossAt:identity:notify:)``, because the marks of the lock file
  /// are those of later batches.
  ///
  /// Order of the renames: the former log, then the former ledger, then the copy. A kill in between leaves no log that
  /// SQLite would apply to another file, and no path under which a program would create a new ledger.
  /// - Parameter replacing: whether a ledger at the path is renamed to `PATH-replaced-TIME` instead of being an error.
  /// - Throws: `LedgerError`; with code `busy` when a program has the ledger open. Then the files are as they were.
  package func run(replacing: Bool) async throws(LedgerError) -> Result {
    try checkPath(replacing)
    try checkIsClosed()
    let source = try openBackup()
    let before = FileIdentity(path: backup.location)
    var partial = try PartialFile(of: file, from: backup)
    let bytes = try await copy.copy(source, of: backup, to: partial, of: file)
    guard let before, FileIdentity(path: backup.location)?.isUnchanged(since: before) == true else {
      throw LedgerError(
        .busy, ledger: backup.path, problem: "a program changed the backup while it was read",
        remedy: "end the program, or restore a backup that no program has open")
    }
    let keptAs = try place(&partial, replacing)
    return Result(bytes: bytes, keptAs: keptAs)
  }

  /// Moves the files under the write lock, so that no program opens the ledger for writing meanwhile.
  private func place(_ partial: inout PartialFile, _ replacing: Bool) throws(LedgerError) -> String? {
    let lock = try LedgerLock(file: file)
    return try lock.withWriteLock { () throws(LedgerError) in
      try checkPath(replacing)
      try checkIsClosed(by: lock.marks.descriptor)
      let keptAs = try moveAside(partial)
      try partial.place(replacing: FileIdentity(path: file.location) != nil)
      return keptAs
    }
  }

  /// Renames the former log and gives the former ledger a second name, which ``PartialFile/place(replacing:)`` makes
  /// its only one.
  /// - Parameter partial: the new file, which gets the owner and the mode of the former one.
  private func moveAside(_ partial: borrowing PartialFile) throws(LedgerError) -> String? {
    let name = unusedName()
    var keptAs: String?
    for (path, suffix) in [(file.location + "-journal", "-journal"), (file.logPath, "-wal")] {
      guard let side = FileIdentity(path: path) else { continue }
      if side.size == 0 {
        unlink(path)
      } else {
        guard rename(path, name + suffix) == 0 else { throw file.cannot("rename \(path)", errno) }
        keptAs = name
      }
    }
    unlink(file.indexPath)
    var status = stat()
    guard stat(file.location, &status) == 0 else { return keptAs }
    partial.copyOwner(of: status)
    // A file system without hard links has no moment with both files.
    guard link(file.location, name) == 0 || rename(file.location, name) == 0 else {
      throw file.cannot("rename \(file.location)", errno)
    }
    return name
  }

  /// Returns a name next to the ledger with the time, such as `healing.db-replaced-20261128T160000Z`.
  private func unusedName() -> String {
    let time = copy.time.wallClock().iso8601.prefix(19).filter { $0 != "-" && $0 != ":" }
    let stem = "\(file.location)-replaced-\(time)Z"
    var name = stem
    var number = 1
    while ["", "-wal", "-journal"].contains(where: { FileIdentity(path: name + $0) != nil }) {
      number += 1
      name = "\(stem)-\(number)"
    }
    return name
  }

  // MARK: Checks

  private func checkPath(_ replacing: Bool) throws(LedgerError) {
    guard !file.path.isEmpty else {
      throw LedgerError(.unavailable, ledger: file.path, problem: "the path is empty", remedy: "give one")
    }
    try file.checkFolder(forWriting: true)
    let former = FileIdentity(path: file.location)
    if let former, FileIdentity(path: backup.location)?.isSameFile(as: former) == true {
      throw LedgerError(
        .unavailable, ledger: file.path, problem: "the backup is the ledger itself",
        remedy: "give another backup")
    }
    var status = stat()
    guard former == nil || (stat(file.location, &status) == 0 && status.st_mode & S_IFMT == S_IFREG) else {
      throw LedgerError(
        .unavailable, ledger: file.path, problem: "this is not a regular file", remedy: "give another path")
    }
    let hasLog = FileIdentity(path: file.logPath).map { $0.size > 0 } ?? false
    guard replacing || (former == nil && !hasLog) else {
      throw LedgerError(
        .unavailable, ledger: file.path,
        problem: former == nil ? "the file is missing, but its log exists and has rows" : "the ledger exists",
        remedy: "to keep the former files under another name and restore the backup, add --replace")
    }
  }

  /// Checks that no program has the ledger open, by the locks of runs on the lock file and SQLite's lock on the ledger.
  /// - Parameter lock: an open descriptor of the lock file; `nil` to open one.
  private func checkIsClosed(by lock: Int32? = nil) throws(LedgerError) {
    // Run n of the ledger holds byte n.
    try checkUnlocked(file.lockPath, by: lock, from: 1, count: 1 << 60)
    // SQLite's shared lock, which each connection to a ledger holds (os_unix.c).
    try checkUnlocked(file.location, by: nil, from: 0x4000_0002, count: 510)
  }

  private func checkUnlocked(_ path: String, by opened: Int32?, from first: Int64, count: Int64)
    throws(LedgerError)
  {
    let descriptor = opened ?? open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      guard errno == ENOENT else { throw file.cannot("open \(path)", errno) }
      return
    }
    defer { if opened == nil { close(descriptor) } }
    var process: Int64 = 0
    let found = clinux_find_lock(descriptor, first, count, &process)
    guard found >= 0 else { throw file.cannot("read the locks of \(path)", Int32(-found)) }
    guard found == 0 else {
      throw LedgerError(
        .busy, ledger: file.path,
        problem: "a program has the ledger open" + (holders(process).map { ": \($0)" } ?? ""),
        remedy: "end every program that has it open, then restore")
    }
  }

  /// Returns the programs that have the ledger open, in words: the runs in the ledger whose locks are held, else the
  /// process of a reader's lock. `nil` when neither is known.
  /// - Parameter process: the id of the process that holds a lock; not above 0 when it is unknown.
  private func holders(_ process: Int64) -> String? {
    let descriptor = open(file.lockPath, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    let runs = try? ProcessTable.unended(file.openReader()) { run in
      var holder: Int64 = 0
      return descriptor >= 0 && clinux_find_lock(descriptor, run, 1, &holder) > 0
    }
    if let runs, !runs.isEmpty { return runs.joined(separator: ", ") }
    return process > 0 ? "pid \(process)" : nil
  }

  /// Opens the backup without side files. A backup that was opened as a ledger since can have rows in a log.
  private func openBackup() throws(LedgerError) -> Connection {
    guard FileIdentity(path: backup.location) != nil else {
      throw LedgerError(
        .unavailable, ledger: backup.path, problem: "there is no such file",
        remedy: "give the path of a backup")
    }
    let hasLog = FileIdentity(path: backup.logPath).map { $0.size > 0 } ?? false
    return try hasLog ? backup.openReader() : backup.openImmutable()
  }
}
