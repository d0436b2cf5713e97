package import Healing

/// Backs up a ledger to a new file while programs write it. The backup has the rows of every transaction that was
/// committed when it began. It opens as a ledger: without a lock file it has no marks of batches, and the first program
/// that opens it for writing marks the runs that were alive at the time of the backup interrupted.
package struct LedgerBackup: Sendable {
  private let file: LedgerFile
  private let copy: LedgerCopy

  /// - Parameters:
  ///   - path: path of the ledger.
  ///   - bytesPerSecond: average rate at which pages are copied.
  ///   - progress: called after each step on the caller's thread.
  package init(
    path: String, bytesPerSecond: Int64 = LedgerCopy.defaultBytesPerSecond,
    time: any TimeSource = SystemTimeSource(),
    progress: @escaping @Sendable (LedgerCopy.Progress) -> Void = { _ in }
  ) {
    file = LedgerFile(path: path)
    copy = LedgerCopy(bytesPerSecond: bytesPerSecond, time: time, progress: progress)
  }

  /// Removes the file that is written until the backup of `target`, or the restored `target`, is complete.
  package static func removePartial(of target: String) { PartialFile.remove(of: LedgerFile(path: target)) }

  /// Copies the ledger to `target-partial`, checks the copy, and renames it to `target`.
  /// - Returns: size of the backup in bytes.
  /// - Throws: `LedgerError`; then `target` does not exist, or is as it was.
  package func write(to target: String) async throws(LedgerError) -> Int64 {
    let targetFile = LedgerFile(path: target)
    try targetFile.checkIsUnused()
    let source = try file.openReader()
    var partial = try PartialFile(of: targetFile, from: file)
    let bytes = try await copy.copy(source, of: file, to: partial, of: targetFile)
    try targetFile.checkIsUnused()
    try partial.place(replacing: false)
    return bytes
  }
}

extension LedgerFile {
  /// Checks that a new ledger can be placed at the path: neither the file nor the rest of an earlier one exists.
  /// SQLite would apply a left-over log or journal to the new file, and a lock file has the marks of other runs.
  /// - Throws: `LedgerError` with code `unavailable`.
  func checkIsUnused() throws(LedgerError) {
    guard !path.isEmpty else {
      throw LedgerError(.unavailable, ledger: path, problem: "the path is empty", remedy: "give one")
    }
    for file in [location, lockPath, location + "-journal"] where FileIdentity(path: file) != nil {
      throw exists(file)
    }
    if let log = FileIdentity(path: logPath), log.size > 0 { throw exists(logPath) }
  }
}
