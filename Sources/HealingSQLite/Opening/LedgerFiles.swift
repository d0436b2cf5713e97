import Healing

/// The four files of an open ledger as they were when it was opened: ledger, write-ahead log, index of the log, and lock.
/// A writer compares them with what is under the path before it acknowledges or checkpoints anything.
struct LedgerFiles: Sendable {
  private let file: LedgerFile
  /// The ledger as it was when it was opened, or after this writer's last checkpoint.
  private(set) var ledger: FileIdentity
  /// The head of the ledger then.
  private var head: [UInt8]
  let log: FileIdentity
  private let index: FileIdentity
  private let lock: FileIdentity

  /// Takes the files under the path for those that are open. Called right after opening, under the write lock, when SQLite
  /// has made its side files.
  /// - Throws: `LedgerError` with code `moved` when one of them is not there.
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

  /// Compares device, inode and links of each file with what is under its path now.
  /// - Throws: `LedgerError` naming the first file that differs: with code `moved`, or `unavailable` for a second name.
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

  /// Whether the log alone was lost: its path leads nowhere, to an empty file or to the log itself, while ledger, index
  /// and lock are in place and no other program has written the ledger since this writer's last checkpoint.
  var isOnlyTheLogGone: Bool {
    guard let now = FileIdentity(path: file.location), now.isUnchanged(since: ledger), now.links == 1,
      FileIdentity(path: file.indexPath)?.isSameFile(as: index) == true,
      FileIdentity(path: file.lockPath)?.isSameFile(as: lock) == true
    else { return false }
    guard let new = FileIdentity(path: file.logPath) else { return true }
    return !new.isSameFile(as: log) && new.size == 0
  }

  /// What stands under the path, compared with the ledger as it was.
  enum Ledger { case unchanged, changed, another, missing }

  var ledgerNow: Ledger {
    guard let now = FileIdentity(path: file.location) else { return .missing }
    return now.isUnchanged(since: ledger) ? .unchanged : now.isSameFile(as: ledger) ? .changed : .another
  }

  /// Whether the log under the path is the one that was open, and holds something.
  var leavesItsLog: Bool {
    FileIdentity(path: file.logPath).map { $0.isSameFile(as: log) && $0.size > 0 } ?? false
  }

  /// Remembers the ledger as a checkpoint has left it.
  mutating func noteCheckpoint(_ connection: Connection) {
    guard let now = FileIdentity(path: file.location), now.isSameFile(as: ledger) else { return }
    (ledger, head) = (now, connection.head)
  }

  /// Whether the ledger, opened again by `connection`, may have other contents than those that its log goes on from: its
  /// size or its head differ. Then what SQLite finds sound may be a mixture of both.
  func mayBeOverwritten(_ connection: Connection) -> Bool {
    FileIdentity(path: file.location)?.size != ledger.size || connection.head != head
  }
}
