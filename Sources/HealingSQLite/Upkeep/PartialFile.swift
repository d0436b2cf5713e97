import CHealingLinux
import Glibc
import Healing

/// A ledger file that is being written next to its final path, as `PATH-partial`. It gets its final name only when it
/// is complete, so a kill leaves no half file under the path. Deinitialising it removes what was not placed.
///
/// A lock on the open file shows that its writer is alive. The next writer for the same path reuses the file of a
/// killed one.
struct PartialFile: ~Copyable {
  private let target: LedgerFile
  let path: String
  let descriptor: Int32
  private var isPlaced = false

  /// The name under which a file for `target` is written.
  static func path(of target: LedgerFile) -> String { target.location + "-partial" }

  /// Creates an empty file with mode 0600.
  /// - Throws: `LedgerError` with code `busy` while another process writes the same file.
  init(of target: LedgerFile) throws(LedgerError) {
    let path = Self.path(of: target)
    let descriptor = try Self.create(path, target)
    self.target = target
    self.path = path
    self.descriptor = descriptor
  }

  private static func create(_ path: String, _ target: LedgerFile) throws(LedgerError) -> Int32 {
    while true {
      let opened = open(path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard opened >= 0 else { throw target.cannot("create \(path)", errno) }
      guard clinux_try_lock_byte(opened, 0) == 0 else {
        close(opened)
        throw LedgerError(
          .busy, ledger: target.path, problem: "another process is writing \(path)", remedy: "wait for it")
      }
      // Its writer may have renamed it between the two calls.
      guard let own = FileIdentity(descriptor: opened), FileIdentity(path: path)?.isSameFile(as: own) == true
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

  deinit {
    if !isPlaced { unlink(path) }
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
