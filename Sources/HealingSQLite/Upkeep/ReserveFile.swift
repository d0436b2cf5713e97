import Glibc

/// A file that only takes space. Deleting it on a full disk leaves room for the transactions that delete rows.
struct ReserveFile: Sendable {
  let path: String
  /// 0 for none.
  let bytes: Int64

  /// Creates the file when it is missing and the disk has room for it.
  func create() {
    guard bytes > 0, access(path, F_OK) != 0 else { return }
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let isWhole = posix_fallocate(descriptor, 0, off_t(bytes)) == 0
    close(descriptor)
    if !isWhole { unlink(path) }
  }

  /// Deletes the file, if there is one.
  func release() { unlink(path) }
}
