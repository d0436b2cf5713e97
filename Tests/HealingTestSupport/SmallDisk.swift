import Foundation
import HealingChecks

/// A disk that can really be full: a file system in memory. Deinitialising it unmounts the file system.
package final class SmallDisk: Sendable {
  private let folder: TemporaryFolder

  package struct Failure: Error { let what: String }

  /// - Parameter size: such as `2m`.
  package init(_ size: String) throws {
    folder = try TemporaryFolder()
    guard try Self.mount("-t", "tmpfs", "-o", "size=\(size)", "healing-test", folder.url.path) else {
      throw Failure(what: "the file system could not be mounted")
    }
  }

  deinit {
    _ = try? SpawnedProcess("/usr/bin/umount", ["--lazy", folder.url.path], environment: [:], pipes: [])
      .wait()
  }

  /// Where a ledger may be.
  package var path: String { folder.path() }

  /// Makes the disk larger or smaller.
  package func resize(_ size: String) throws {
    guard try Self.mount("-o", "remount,size=\(size)", folder.url.path) else {
      throw Failure(what: "the file system could not be mounted anew")
    }
  }

  /// Fills the disk with another file, which takes what is free now, and nothing that a writer frees meanwhile.
  /// - Parameter left: bytes that stay free.
  package func fill(leaving left: Int = 0) throws {
    let file = open(folder.path("filler"), O_WRONLY | O_CREAT, 0o600)
    guard file >= 0 else { throw Failure(what: "the file that fills the disk could not be created") }
    defer { close(file) }
    var status = statvfs()
    guard fstatvfs(file, &status) == 0 else { throw Failure(what: "the free space is unknown") }
    var bytes = Int(status.f_bavail * status.f_frsize) - left
    // A writer may have taken a part of it since.
    while bytes > 0 && posix_fallocate(file, 0, bytes) != 0 { bytes -= 4_096 }
  }

  /// Removes the file that fills the disk.
  package func empty() throws { try FileManager.default.removeItem(atPath: folder.path("filler")) }

  /// What takes space, in bytes, and what is free.
  package var contents: String {
    var parts: [String] = []
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()) ?? [] {
      var status = stat()
      if stat(folder.path(name), &status) == 0 { parts.append("\(name) \(status.st_blocks * 512)") }
    }
    var status = statvfs()
    if statvfs(folder.url.path, &status) == 0 { parts.append("free \(status.f_bavail * status.f_frsize)") }
    return parts.joined(separator: ", ")
  }

  /// Whether this machine permits the test to mount one; a sandbox may refuse even root.
  package static let isAvailable: Bool = getuid() == 0 && (try? SmallDisk("1m")) != nil

  private static func mount(_ arguments: String...) throws -> Bool {
    try SpawnedProcess("/usr/bin/mount", arguments, environment: [:], pipes: []).wait() == .exit(code: 0)
  }
}
