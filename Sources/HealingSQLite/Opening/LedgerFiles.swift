import Healing

/// The identities of the four files of an open ledger at the time of opening: ledger, write-ahead log, index of
/// the log, and lock file. A writer compares them with the files under the path before it acknowledges or
/// checkpoints.
struct LedgerFiles: Sendable {
  private let file: LedgerFile
  /// The ledger file at the time of opening, or after this writer's last checkpoint.
  private(set) var ledger: FileIdentity
  /// The first bytes of the ledger file at that time.
  private var head: [UInt8]
  let log: FileIdentity
  private let index: FileIdentity
  private let lock: FileIdentity

  /// Records the files under the path as the open ones. Call it right after opening, under the write lock, when
  /// SQLite has created its side files.
  /// - Throws: `LedgerError` with code `moved` when a file is missing.
  init(opened file: LedgerFile, _ connection: Connection, lock: LedgerLock) throws(LedgerError) {
    self.file = file
    head = connection.head
    ledger = try Self.find(file.location, file)
    log = try Self.find(file.logPath, file)
    index = try Self.find(file.indexPath, file)
    guard let lock = lock.identity else { throw file.moved(file.lockPath) }
    self.lock = lock
  }

  private static func find(_ path: String, _ file: LedgerFile) throws(LedgerError) -> FileIdentity {
    guard let identity = FileIdentity(path: path) else { throw file.moved(path) }
    return identity
  }

  /// Compares device, inode and link count of each file with those under its path now.
  /// - Throws: `LedgerError` that names the first different file: with code `moved`, or `unavailable` for a
  ///   second hard link.
  func check() throws(LedgerError) {
    try checkPlace(file.location, ledger)
    try checkPlace(file.logPath, log)
    try checkPlace(file.indexPath, index)
    try checkPlace(file.lockPath, lock)
  }

  private func checkPlace(_ path: String, _ opened: FileIdentity) throws(LedgerError) {
    guard let now = FileIdentity(path: path), now.isSameFile(as: opened) else { throw file.moved(path) }
    guard now.links == 1 else { throw file.severalNames(now.links) }
  }

  /// Whether only the log was lost: its path has no file or another, empty one, while ledger, index and lock
  /// file are in place and no other program has written the ledger since this writer's last checkpoint.
  var isOnlyTheLogGone: Bool {
    guard let now = FileIdentity(path: file.location), now.isUnchanged(since: ledger), now.links == 1,
      FileIdentity(path: file.indexPath)?.isSameFile(as: index) == true,
      FileIdentity(path: file.lockPath)?.isSameFile(as: lock) == true
    else { return false }
    guard let new = FileIdentity(path: file.logPath) else { return true }
    return !new.isSameFile(as: log) && new.size == 0
  }

  /// The file under the path, compared with the open ledger.
  enum Ledger { case unchanged, changed, another, missing }

  var ledgerNow: Ledger {
    guard let now = FileIdentity(path: file.location) else { return .missing }
    return now.isUnchanged(since: ledger) ? .unchanged : now.isSameFile(as: ledger) ? .changed : .another
  }

  /// Whether the log under the path is the open one and not empty.
  var leavesItsLog: Bool {
    FileIdentity(path: file.logPath).map { $0.isSameFile(as: log) && $0.size > 0 } ?? false
  }

  /// Records the state of the ledger file after a checkpoint.
  mutating func noteCheckpoint(_ connection: Connection) {
    guard let now = FileIdentity(path: file.location), now.isSameFile(as: ledger) else { return }
    (ledger, head) = (now, connection.head)
  }

  /// Whether the reopened ledger may have other contents than those from which its log continues: its size or
  /// first bytes differ. Then a database that SQLite finds sound may be a mixture of both.
  func mayBeOverwritten(_ connection: Connection) -> Bool {
    FileIdentity(path: file.location)?.size != ledger.size || connection.head != head
  }
}
