import CHealingLinux
import Glibc
import Healing
import Synchronization

/// A ledger file that is being written next to its final path, as `PATH-partial`. It gets its final name only when it
/// is complete, so a kill leaves no half file under the path. Deinitialising it removes what was not placed.
///
/// A lock on the open file shows that its writer is alive. The sticky bit of its mode, which Linux ignores in a regular file, marks
/// it from its creation on: the next writer for the same path reuses the marked file of a killed one, and no other file.
struct PartialFile: ~Copyable {
  /// SQLite's files next to it, and the lock file.
  private static let sideFiles = ["-wal", "-shm", "-journal", "-lock"]

  private let target: LedgerFile
  private let isOpenedAsLedger: Bool
  let path: String
  let descriptor: Int32
  private var isPlaced = false

  /// The name under which a file for `target` is written.
  static func path(of target: LedgerFile) -> String { target.location + "-partial" }

  /// The paths of the files that this process writes. Only these are removed on a signal.
  private static let written = Mutex<Set<String>>([])

  /// Creates an empty file with mode 0600 and the mark.
  /// - Throws: `LedgerError` with code `busy` while another process writes the same file, and `unavailable` when another file has
  ///   its name, or when a file that is written would be one of the source's.
  /// - Parameters:
  ///   - source: the ledger that is read. Neither it nor the files next to it are written, whatever their names and marks.
  ///   - isOpenedAsLedger: whether a program opens the file as a ledger, which creates files next to it. They are removed
  ///     with it; the lock file is renamed with it.
  init(of target: LedgerFile, from source: LedgerFile, isOpenedAsLedger: Bool = false) throws(LedgerError) {
    let path = Self.path(of: target)
    try Self.check(target, isApartFrom: source)
    if isOpenedAsLedger, FileIdentity(path: path) == nil {
      for file in Self.sideFiles.map({ path + $0 }) where FileIdentity(path: file) != nil {
        throw target.exists(file)
      }
    }
    let descriptor = try Self.create(path, target)
    self.target = target
    self.isOpenedAsLedger = isOpenedAsLedger
    // Those of a killed writer.
    if isOpenedAsLedger { Self.removeSideFiles(of: path) }
    self.path = path
    self.descriptor = descriptor
    Self.written.withLock { _ = $0.insert(path) }
  }

  /// Checks that no file that is written for `target` is one of the source's. The mark does not tell: a file of a killed command can be
  /// the source of the next one.
  private static func check(_ target: LedgerFile, isApartFrom source: LedgerFile) throws(LedgerError) {
    let files = ([""] + sideFiles).map { source.location + $0 } + [source.reservePath]
    let read = files.compactMap { FileIdentity(path: $0) }
    let partial = path(of: target)
    for file in [target.location, partial] + sideFiles.map({ partial + $0 }) {
      let isSame =
        FileIdentity(path: file).map { found in read.contains { $0.isSameFile(as: found) } } ?? false
      guard isSame || files.contains(file) else { continue }
      throw LedgerError(
        .unavailable, ledger: target.path,
        problem: "the command would write \(file), which belongs to \(source.path)",
        remedy: "give another path")
    }
  }

  private static func create(_ path: String, _ target: LedgerFile) throws(LedgerError) -> Int32 {
    while true {
      var opened = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_ISVTX | 0o600)
      let isNew = opened >= 0
      if opened < 0 && errno == EEXIST {
        // Before it is opened: closing a file removes the locks that SQLite has on it.
        var status = stat()
        if lstat(path, &status) != 0 && errno == ENOENT { continue }
        guard isMarked(status) else { throw target.exists(path) }
        opened = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        if opened < 0 && errno == ENOENT { continue }
      }
      guard opened >= 0 else { throw target.cannot("create \(path)", errno) }
      guard clinux_try_lock_byte(opened, 0) == 0 else {
        close(opened)
        throw LedgerError(
          .busy, ledger: target.path, problem: "another process is writing \(path)", remedy: "wait for it")
      }
      var status = stat()
      // Its writer may have renamed it between the calls. A file system without modes, such as FAT, stores no mark: a file that is left
      // there by a kill is not reused.
      guard let own = FileIdentity(descriptor: opened), FileIdentity(path: path)?.isSameFile(as: own) == true,
        fstat(opened, &status) == 0, isNew || isMarked(status)
      else {
        close(opened)
        continue
      }
      guard ftruncate(opened, 0) == 0 else {
        let code = errno
        close(opened)
        throw target.cannot("truncate \(path)", code)
      }
      return opened
    }
  }

  /// Whether a file is one that this type created.
  private static func isMarked(_ status: stat) -> Bool {
    status.st_mode & S_IFMT == S_IFREG && status.st_mode & S_ISVTX != 0
  }

  /// Gives the file the owner and the mode of another one.
  func copyOwner(of status: stat) {
    fchmod(descriptor, S_ISVTX | status.st_mode & 0o777)
    // Fails for another owner's file unless the program runs as root.
    _ = fchown(descriptor, status.st_uid, status.st_gid)
  }

  /// Removes the file that this process writes for `target`, if it does.
  static func remove(of target: LedgerFile) {
    let path = path(of: target)
    if written.withLock({ $0.contains(path) }) { unlink(path) }
  }

  private static func removeSideFiles(of path: String) {
    for suffix in sideFiles { unlink(path + suffix) }
  }

  deinit {
    if !isPlaced {
      if isOpenedAsLedger { Self.removeSideFiles(of: path) }
      unlink(path)
    }
    Self.written.withLock { _ = $0.remove(path) }
    close(descriptor)
  }

  /// Writes the file's contents to the disk.
  func synchronize() throws(LedgerError) {
    guard fsync(descriptor) == 0 else { throw target.cannot("synchronise \(path)", errno) }
  }

  /// Renames the file to its final path.
  /// - Parameter replacing: whether a file there is replaced.
  /// - Throws: `LedgerError`; with code `unavailable` when a file exists that must not be replaced.
  mutating func place(replacing: Bool) throws(LedgerError) {
    var code: Int32
    if replacing {
      code = rename(path, target.location) == 0 ? 0 : errno
    } else {
      code = clinux_rename_without_replacing(path, target.location)
      if code == EINVAL || code == ENOSYS {
        code = link(path, target.location) == 0 ? 0 : errno
        if code == 0 { unlink(path) }
      }
    }
    guard code != EEXIST else { throw target.exists(target.location) }
    guard code == 0 else { throw target.cannot("rename \(path)", code) }
    isPlaced = true
    Self.written.withLock { _ = $0.remove(path) }
    if isOpenedAsLedger {
      rename(path + "-lock", target.lockPath)
      // SQLite leaves an empty log.
      Self.removeSideFiles(of: path)
    }
    var status = stat()
    if fstat(descriptor, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
    try target.synchronizeFolder()
  }
}

extension LedgerFile {
  /// A file that must not be replaced.
  func exists(_ file: String) -> LedgerError {
    LedgerError(
      .unavailable, ledger: path, problem: file == location ? "the file exists" : "\(file) exists",
      remedy: "move it away, or give another path")
  }

  /// A system call on the file failed.
  func cannot(_ action: String, _ code: Int32) -> LedgerError {
    [ENOSPC, EDQUOT, EFBIG].contains(code)
      ? LedgerError(.full, ledger: path, problem: "the disk is full", remedy: "free disk space")
      : LedgerError(
        .unavailable, ledger: path, problem: "cannot \(action): \(String(cString: strerror(code)))",
        remedy: "check that the folder and the file can be read and written")
  }

  /// Makes renames in the file's folder durable.
  func synchronizeFolder() throws(LedgerError) {
    let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { throw cannot("open \(folder)", errno) }
    defer { close(opened) }
    // Some file systems cannot synchronise a folder.
    guard fsync(opened) == 0 || errno == EINVAL else { throw cannot("synchronise \(folder)", errno) }
  }
}
