import CHealingLinux
import Glibc
import Healing

/// What the lock file holds beside its locks: for each run of the ledger the number of its last durable batch, and which
/// file is the ledger. A mark is written after the commit and not synchronised, so it is never ahead of a ledger that is
/// whole; a ledger that is behind it has lost batches.
///
/// Layout: a head of 64 bytes (`HEALLOCK`, version, time since boot of the file's beginning, boot, an unused number, inode
/// of the ledger, inode of the lock file itself, inode of a log that the ledger must not be used with), then 32 bytes for each run (run, batch, last sign of life, check), all
/// integers of 64 bits in the machine's order.
final class LockFileMarks: Sendable {
  struct Mark: Sendable {
    /// Number of the last batch that was durable.
    let batch: Int64
    /// The run's last sign of life.
    let seenAt: Timestamp
  }

  let descriptor: Int32
  private static let headSize = 64
  private static let markSize = 32
  private static let magic: Int64 = 0x4B43_4F4C_4C41_4548  // "HEALLOCK"
  /// Runs past this number keep no mark: a number this high is damage.
  private static let runLimit: Int64 = 1 << 24
  /// How long a lock file counts as new, in nanoseconds: a living run finds it within half a second.
  private static let newFor: Int64 = 2_000_000_000

  /// - Parameter descriptor: of the lock file; closed with this object.
  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  // MARK: The file's beginning

  /// Notes that the file was made now.
  func begin() { write([Self.magic, 1, Self.sinceBoot, Self.boot, 0, 0, 0, 0], at: 0) }

  /// Gives a head to a lock file that an earlier release made. To be called under the write lock.
  func beginIfNeeded() {
    if read(1, at: 0).first != Self.magic { write([Self.magic, 1, 0, 0, 0, 0, 0, 0], at: 0) }
  }

  /// Whether the file was made so recently that living runs may not have found it.
  var isNew: Bool {
    let head = read(4, at: 0)
    guard head.count == 4, head[0] == Self.magic, head[3] == Self.boot else { return false }
    return Self.sinceBoot - head[2] < Self.newFor
  }

  /// The clock that no one sets, suspended time included.
  private static var sinceBoot: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }

  /// Tells one boot of the machine from another.
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

  /// Whether the lock file knows of another ledger file than the one under the path. A lock file that was itself copied knows
  /// of none.
  func belongToAnother(than ledger: FileIdentity) -> Bool {
    let head = read(7, at: 0)
    guard head.count == 7, head[0] == Self.magic, let own = FileIdentity(descriptor: descriptor) else {
      return false
    }
    return head[6] == Int64(bitPattern: own.inode) && head[5] != Int64(bitPattern: ledger.inode)
  }

  /// Notes which file the lock file stands beside.
  func note(ledger: FileIdentity) {
    guard let own = FileIdentity(descriptor: descriptor) else { return }
    write([Int64(bitPattern: ledger.inode), Int64(bitPattern: own.inode)], at: 40)
  }

  /// Notes that the ledger was written over beside its log: what both hold together is not to be relied on, in no later run.
  func condemn(log: FileIdentity?) { write([log.map { Int64(bitPattern: $0.inode) } ?? -1], at: 56) }

  /// Drops that note: the ledger was found sound, or is another one.
  func pardon() {
    if isCondemned { write([0], at: 56) }
  }

  /// Whether the ledger was written over and no one has put another in its place since, as far as the lock file knows.
  var isCondemned: Bool {
    let head = read(8, at: 0)
    return head.count == 8 && head[0] == Self.magic && head[7] != 0
  }

  /// Whether the ledger was written over while this log, under its path, held what is missing from it.
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

  /// Lowers the marks of runs to what the file holds, so that a loss is told once.
  func accept(_ batches: [Int64: Int64], of runs: some Collection<Int64>, at now: Timestamp) {
    for run in runs {
      if let batch = batches[run] {
        note(process: run, batch: batch, at: mark(of: run)?.seenAt ?? now)
      } else if run > 0, run < Self.runLimit {
        write([0, 0, 0, 0], at: Self.place(of: run))
      }
    }
  }

  /// Forgets every run: the ledger they wrote is gone.
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

  /// Not zero for zeros, so that a hole in the file is no mark.
  private static func check(_ id: Int64, _ batch: Int64, _ at: Int64) -> Int64 {
    (id &* 0x9E37_79B9) ^ (batch &* 0x85EB_CA6B) ^ (at &* 0xC2B2_AE35) ^ magic
  }

  // MARK: Bytes

  /// What cannot be written is not noted: a mark that is behind accuses no ledger.
  private func write(_ numbers: [Int64], at place: Int) {
    _ = numbers.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(place)) }
  }

  /// As many whole numbers as there are, up to `count`.
  private func read(_ count: Int, at place: Int) -> [Int64] {
    var numbers = [Int64](repeating: 0, count: count)
    let got = numbers.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(place)) }
    numbers.removeLast(count - max(0, got) / 8)
    return numbers
  }
}

extension LockFileMarks {
  /// The marks of the lock file at a path; none when there is no such file. Opening another descriptor of the lock
  /// file drops no lock: they belong to open file descriptions.
  static func all(at path: String) -> [Int64: Mark] { reading(path)?.all ?? [:] }

  /// The lock file at a path, for reading alone; `nil` when there is none.
  static func reading(_ path: String) -> LockFileMarks? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    return descriptor < 0 ? nil : LockFileMarks(descriptor: descriptor)
  }
}
