import CHealingLinux
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

  /// Gives the file its size: creates, completes or shortens it, and removes it when the size is 0. It grows only while the disk
  /// keeps room for an eighth of its size: it must not take the space that the next rows need.
  func create() {
    guard bytes > 0 else { return _ = unlink(path) }
    var status = stat()
    let exists = lstat(path, &status) == 0
    guard !exists || status.st_mode & S_IFMT == S_IFREG else { return }
    let taken = taken
    if exists && status.st_size > bytes { truncate(path, off_t(bytes)) }
    guard taken < bytes, free >= bytes + bytes / 8 - taken else { return }
    let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    let isWhole = posix_fallocate(descriptor, 0, off_t(bytes)) == 0
    close(descriptor)
    if !isWhole { unlink(path) }
  }

  /// Bytes that the file has on disk now, which are fewer than its size when it has holes; 0 when there is none.
  var taken: Int64 {
    var status = stat()
    return lstat(path, &status) == 0 ? min(Int64(status.st_size), Int64(status.st_blocks) * 512) : 0
  }

  /// Bytes that the disk has for other files now; 0 when that is unknown.
  var free: Int64 {
    var disk = statvfs()
    guard statvfs(folder, &disk) == 0 else { return 0 }
    // Some file systems keep a share for root.
    return Int64(clamping: (geteuid() == 0 ? disk.f_bfree : disk.f_bavail) * disk.f_frsize)
  }

  /// Deletes the file.
  /// - Returns: whether there was one.
  @discardableResult
  func release() -> Bool { unlink(path) == 0 }
}
