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

  /// Fills the disk with another file.
  package func fill() throws {
    let file = fopen(folder.path("filler"), "w")
    guard let file else { throw Failure(what: "the file that fills the disk could not be created") }
    defer { fclose(file) }
    let block = [UInt8](repeating: 1, count: 4_096)
    setvbuf(file, nil, _IONBF, 0)
    while fwrite(block, 1, block.count, file) == block.count {}
  }

  /// Removes the file that fills the disk.
  package func empty() throws { try FileManager.default.removeItem(atPath: folder.path("filler")) }

  /// Whether this machine permits the test to mount one; a sandbox may refuse even root.
  package static let isAvailable: Bool = getuid() == 0 && (try? SmallDisk("1m")) != nil

  private static func mount(_ arguments: String...) throws -> Bool {
    try SpawnedProcess("/usr/bin/mount", arguments, environment: [:], pipes: []).wait() == .exit(code: 0)
  }
}
