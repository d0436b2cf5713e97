import CHealingLinux
import Glibc
import Healing

/// The contents of the lock file: the number of each run's last durable batch, and the identity of the ledger
/// file. A mark is written after the commit and not synchronised, so it is never ahead of an intact ledger. A
/// ledger behind its marks has lost batches.
///
/// Layout: a header of 64 bytes (`HEALLOCK`, version, time since boot when the file was created, boot, an
/// unused number, inode of the ledger, inode of the lock file itself, inode of a log that the ledger must not
/// be used with), then 32 bytes for each run (run, batch, time last seen, checksum). All are integers of 64
/// bits in the machine's byte order.
final class LockFileMarks: Sendable {
  struct Mark: Sendable {
    /// Number of the last durable batch.
    let batch: Int64
    /// Time when the run was last seen alive.
    let seenAt: Timestamp
  }

  let descriptor: Int32
  private static let headSize = 64
  private static let markSize = 32
  private static let magic: Int64 = 0x4B43_4F4C_4C41_4548  // "HEALLOCK"
  /// Runs from this number on have no mark: a number this high is damage.
  private static let runLimit: Int64 = 1 << 24
  /// How long a lock file counts as new, in nanoseconds. A live run finds it within half a second.
  private static let newFor: Int64 = 2_000_000_000

  /// - Parameter descriptor: descriptor of the lock file, closed with this object.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  // MARK: The file's header

  /// Writes the header of a new file.
  func begin() { write([Self.magic, 1, Self.sinceBoot, Self.boot, 0, 0, 0, 0], at: 0) }

  /// Writes a header into a lock file of an earlier release. Call it under the write lock.
  func beginIfNeeded() {
    if read(1, at: 0).first != Self.magic { write([Self.magic, 1, 0, 0, 0, 0, 0, 0], at: 0) }
  }

  /// Whether the file was created so recently that live runs may not have found it.
  var isNew: Bool {
    let head = read(4, at: 0)
    guard head.count == 4, head[0] == Self.magic, head[3] == Self.boot else { return false }
    return Self.sinceBoot - head[2] < Self.newFor
  }

  /// Time since boot including suspended time, in nanoseconds; it cannot be set.
  private static var sinceBoot: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }

  /// Identifies the current boot of the machine.
  private static let boot: Int64 = {
    var hash = FNV1a()
    guard let stream = fopen("/proc/sys/kernel/random/boot_id", "re") else { return 0 }
    defer { fclose(stream) }
    var byte = fgetc(stream)
    while byte != EOF {
      hash.combine(CollectionOfOne(UInt8(truncatingIfNeeded: byte)))
      byte = fgetc(stream)
    }
    return Int64(bitPattern: hash.value)
  }()

  // MARK: The ledger

  /// Whether the lock file belongs to another ledger file than the one under the path. False for a copied lock
  /// file.
  func belongToAnother(than ledger: FileIdentity) -> Bool {
    let head = read(7, at: 0)
    guard head.count == 7, head[0] == Self.magic, let own = FileIdentity(descriptor: descriptor) else {
      return false
    }
    return head[6] == Int64(bitPattern: own.inode) && head[5] != Int64(bitPattern: ledger.inode)
  }

  /// Records the ledger file that the lock file belongs to.
  func note(ledger: FileIdentity) {
    guard let own = FileIdentity(descriptor: descriptor) else { return }
    write([Int64(bitPattern: ledger.inode), Int64(bitPattern: own.inode)], at: 40)
  }

  /// Records that the ledger was overwritten while it had this log: their combined contents are unreliable,
  /// also for later runs.
  func condemn(log: FileIdentity?) { write([log.map { Int64(bitPattern: $0.inode) } ?? -1], at: 56) }

  /// Clears that record: the ledger was found sound, or is another file.
  func pardon() {
    if isCondemned { write([0], at: 56) }
  }

  /// Whether the ledger is recorded as overwritten and has not been replaced since.
  var isCondemned: Bool {
    let head = read(8, at: 0)
    return head.count == 8 && head[0] == Self.magic && head[7] != 0
  }

  /// Whether the ledger was overwritten while this log, under its path, held frames that the ledger lacks.
  func condemns(log: FileIdentity, of ledger: FileIdentity) -> Bool {
    let head = read(8, at: 0)
    return isCondemned && head[7] == Int64(bitPattern: log.inode)
      && head[5] == Int64(bitPattern: ledger.inode)
  }

  // MARK: Runs

  func note(process id: Int64, batch: Int64, at now: Timestamp) {
    guard id > 0, id < Self.runLimit else { return }
    write([id, batch, now.microseconds, Self.check(id, batch, now.microseconds)], at: Self.place(of: id))
  }

  /// Lowers the marks of runs to the batches in the file, so that a loss is reported once.
  func accept(_ batches: [Int64: Int64], of runs: some Collection<Int64>, at now: Timestamp) {
    for run in runs {
      if let batch = batches[run] {
        note(process: run, batch: batch, at: mark(of: run)?.seenAt ?? now)
      } else if run > 0, run < Self.runLimit {
        write([0, 0, 0, 0], at: Self.place(of: run))
      }
    }
  }

  /// Clears all marks: the ledger that the runs wrote is gone.
  func clear() {
    ftruncate(descriptor, 0)
    begin()
  }

  func knows(process id: Int64) -> Bool { mark(of: id) != nil }

  func mark(of id: Int64) -> Mark? {
    guard id > 0, id < Self.runLimit else { return nil }
    return Self.mark(of: id, read(4, at: Self.place(of: id))[...])
  }

  /// The marks of all runs, by number.
  var all: [Int64: Mark] {
    var marks: [Int64: Mark] = [:]
    let size =
      FileIdentity(descriptor: descriptor).map { Int(min($0.size, Int64(Self.place(of: Self.runLimit)))) }
      ?? 0
    let chunk = 4_096
    var first: Int64 = 1
    while Self.place(of: first) < size {
      let numbers = read(chunk * 4, at: Self.place(of: first))
      for index in 0..<(numbers.count / 4) {
        let id = first + Int64(index)
        if let mark = Self.mark(of: id, numbers[(index * 4)..<(index * 4 + 4)]) { marks[id] = mark }
      }
      first += Int64(chunk)
    }
    return marks
  }

  private static func mark(of id: Int64, _ numbers: ArraySlice<Int64>) -> Mark? {
    guard numbers.count == 4, case let start = numbers.startIndex, numbers[start] == id,
      numbers[start + 3] == check(id, numbers[start + 1], numbers[start + 2])
    else { return nil }
    return Mark(batch: numbers[start + 1], seenAt: Timestamp(microseconds: numbers[start + 2]))
  }

  private static func place(of id: Int64) -> Int { headSize + markSize * Int(id - 1) }

  /// Computes a checksum. It is not zero for zeros, so that a hole in the file is not a mark.
  private static func check(_ id: Int64, _ batch: Int64, _ at: Int64) -> Int64 {
    (id &* 0x9E37_79B9) ^ (batch &* 0x85EB_CA6B) ^ (at &* 0xC2B2_AE35) ^ magic
  }

  // MARK: Bytes

  /// Ignores write errors: a mark that is behind reports no loss.
  private func write(_ numbers: [Int64], at place: Int) {
    _ = numbers.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(place)) }
  }

  /// Returns as many whole numbers as the file has, up to `count`.
  private func read(_ count: Int, at place: Int) -> [Int64] {
    var numbers = [Int64](repeating: 0, count: count)
    let got = numbers.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(place)) }
    numbers.removeLast(count - max(0, got) / 8)
    return numbers
  }
}

extension LockFileMarks {
  /// Reads the marks of the lock file at a path; empty when there is no file. Opening another descriptor of the
  /// lock file drops no lock: locks belong to open file descriptions.
  static func all(at path: String) -> [Int64: Mark] { reading(path)?.all ?? [:] }

  /// Opens the lock file at a path for reading; `nil` when it cannot be opened.
  static func reading(_ path: String) -> LockFileMarks? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    return descriptor < 0 ? nil : LockFileMarks(descriptor: descriptor)
  }
}
