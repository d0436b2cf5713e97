import Glibc

/// A file that only takes space. Deleting it on a full disk leaves room for the transactions that delete rows.
struct ReserveFile: Sendable {
  private let path: String
  private let folder: String
  /// 0 for none.
  let bytes: Int64

  init(of file: LedgerFile, bytes: Int64) {
    (path, folder) = (file.reservePath, file.folder)
    self.bytes = bytes
  }

  /// Creates the file when it is missing and the disk has room for twice its size: it must not take the space that the
  /// next rows need.
  func create() {
    var disk = statvfs()
    guard bytes > 0, access(path, F_OK) != 0, statvfs(folder, &disk) == 0,
      disk.f_bavail * disk.f_frsize >= 2 * UInt64(bytes)
    else { return }
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let isWhole = posix_fallocate(descriptor, 0, off_t(bytes)) == 0
    close(descriptor)
    if !isWhole { unlink(path) }
  }

  /// Deletes the file.
  /// - Returns: whether there was one.
  @discardableResult
  func release() -> Bool { unlink(path) == 0 }
}
