import Glibc

/// The identity of a file: device and inode, with its size and modification time. Read with `stat`, without
/// opening the file: closing a descriptor of a database drops SQLite's locks on it.
struct FileIdentity: Sendable {
  let device: UInt64
  let inode: UInt64
  /// Hard links to the file.
  let links: UInt64
  /// Size in bytes.
  let size: Int64
  /// Modification time in nanoseconds since 1970.
  let modifiedAt: Int64

  /// `nil` when the path has no file.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// `nil` when the descriptor is not open.
  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    links = UInt64(status.st_nlink)
    size = Int64(status.st_size)
    modifiedAt = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
  }

  /// Whether both are the same file, even if its contents have changed.
  func isSameFile(as other: FileIdentity) -> Bool { device == other.device && inode == other.inode }

  /// Whether both are the same file with the same size and modification time.
  func isUnchanged(since other: FileIdentity) -> Bool {
    isSameFile(as: other) && size == other.size && modifiedAt == other.modifiedAt
  }
}
