import Glibc
import Healing

/// A write-ahead log that has lost its name while this process still has it open. Frames that exist only in it
/// are lost when the last descriptor is closed.
struct RetiredLog {
  private let log: FileIdentity
  private let file: LedgerFile

  init(_ log: FileIdentity, of file: LedgerFile) {
    self.log = log
    self.file = file
  }

  /// Copies the log to `PATH-wal-retired-TIME`, mode 0600.
  /// - Returns: the copy's path; `nil` when the log is empty, no longer open, or could not be copied.
  func keep(at now: Timestamp) -> String? {
    guard let source = openedDescriptor else { return nil }
    let path = Self.path(file, now)
    let target = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard target >= 0 else { return nil }
    defer { close(target) }
    // Reads by position: the descriptor is SQLite's.
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var place: off_t = 0
    while true {
      let got = buffer.withUnsafeMutableBytes { pread(source, $0.baseAddress, $0.count, place) }
      guard got > 0 else { break }
      let put = buffer.withUnsafeBytes { write(target, $0.baseAddress, got) }
      guard put == got else { break }
      place += off_t(got)
    }
    guard place > 0, fsync(target) == 0 else {
      unlink(path)
      return nil
    }
    return path
  }

  /// Renames the log under the path to such a name, so that it is not used as the log of another ledger.
  /// Deletes its index, which a reader may have open.
  /// - Returns: the new path.
  static func rename(_ file: LedgerFile, at now: Timestamp) throws(LedgerError) -> String {
    let path = Self.path(file, now)
    guard Glibc.rename(file.logPath, path) == 0 else { throw file.foreignLog }
    unlink(file.indexPath)
    return path
  }

  private static func path(_ file: LedgerFile, _ now: Timestamp) -> String {
    "\(file.logPath)-retired-\(now.microseconds)"
  }

  /// This process's open descriptor of the log. It is SQLite's, so it is neither closed nor repositioned.
  private var openedDescriptor: Int32? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let descriptor = Int32(name), let identity = FileIdentity(descriptor: descriptor),
        identity.isSameFile(as: log), identity.size > 0
      else { continue }
      return descriptor
    }
    return nil
  }
}
