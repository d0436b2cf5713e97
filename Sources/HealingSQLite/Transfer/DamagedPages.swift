import CHealingLinux
import Glibc
import Healing

/// The pages of an SQLite file that SQLite may not be able to open, with those of its log (sqlite.org/fileformat2.html). Reads
/// with `pread` and writes nothing.
struct DamagedPages: ~Copyable {
  let pageSize: Int
  /// Pages of the file. The log can have pages past its end.
  private let fileCount: Int
  /// The numbers of all pages that there are, in order.
  private(set) var numbers: [Int] = []
  /// Pages on the free list. Their rows were deleted.
  private(set) var free: Set<Int> = []
  private let file: Int32
  private let log: Int32
  /// Offsets in the log of the last committed versions of pages.
  private var logged: [Int: Int] = [:]

  /// - Throws: `LedgerError` when the file cannot be read.
  init(path: String) throws(LedgerError) {
    let location = LedgerFile(path: path).location
    file = open(location, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      throw LedgerError(
        .unavailable, ledger: path, problem: String(cString: strerror(errno)), remedy: "give another path")
    }
    log = open(location + "-wal", O_RDONLY | O_CLOEXEC)
    var status = stat()
    let size = fstat(file, &status) == 0 ? Int(status.st_size) : 0
    pageSize = Self.pageSize(of: file, size)
    fileCount = size / pageSize
    if log >= 0 { readLog() }
    numbers = Array(1..<(fileCount + 1)) + logged.keys.filter { $0 > fileCount }.sorted()
    free = freeList() ?? freePagesOfPointerMap()
  }

  deinit {
    close(file)
    if log >= 0 { close(log) }
  }

  /// Returns a page, from 1; `nil` past the end.
  func page(_ number: Int) -> [UInt8]? {
    let page =
      logged[number].map { Self.read(log, at: $0, pageSize) }
      ?? Self.read(file, at: (number - 1) * pageSize, pageSize)
    return page.count == pageSize ? page : nil
  }

  private static func read(_ file: Int32, at offset: Int, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let received = pread(
          file, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if received < 0 && errno == EINTR { continue }
        guard received > 0 else { return }
        filled += received
      }
    }
  }

  /// A big-endian number.
  static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
    guard start >= 0, start + count <= bytes.count else { return 0 }
    return bytes[start..<(start + count)].reduce(0) { $0 << 8 | Int($1) }
  }

  /// Finds the committed frames of the log's generation. Their checksums are not compared: a damaged page still has whole rows. The
  /// number of pages that a commit states can be damaged, so only the pages themselves count.
  private mutating func readLog() {
    guard let salt = salt() else { return }
    var (offset, others) = (32, 0)
    var pending: [Int: Int] = [:]
    while true {
      let frame = Self.read(log, at: offset, 24)
      guard frame.count == 24 else { return }
      let start = offset + 24
      offset = start + pageSize
      // Behind the last frame are those of an earlier generation; a few others are damaged.
      guard Self.isAlike(frame[8..<16], salt) else {
        others += 1
        if others > Self.mostDamagedFrames { return }
        continue
      }
      others = 0
      let number = Self.number(frame, 0, 4)
      if number > 0 { pending[number] = start }
      if Self.number(frame, 4, 4) > 0 {
        logged.merge(pending) { $1 }
        pending = [:]
      }
    }
  }

  /// Damaged frames in sequence after which the log is read on.
  private static let mostDamagedFrames = 4

  /// Returns the salt of the log's generation, of its head or, when that is damaged, of its frames; `nil` for an empty log.
  private func salt() -> ArraySlice<UInt8>? {
    let head = Self.read(log, at: 0, 32)
    let frames = [32, 56 + pageSize].map { Self.read(log, at: $0, 24) }.filter { $0.count == 24 }.map {
      $0[8..<16]
    }
    guard head.count == 32, let first = frames.first else { return nil }
    if let second = frames.last, !Self.isAlike(head[16..<24], first), Self.isAlike(first, second) {
      return first
    }
    return head[16..<24]
  }

  /// Whether two salts are the same but for two damaged bytes at most.
  private static func isAlike(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
    zip(a, b).filter { $0 == $1 }.count >= 6
  }

  /// The page size that a new ledger has.
  private static let usualPageSize = 8_192

  /// Returns the page size of the head, unless the pages of the file show that it is damaged.
  private static func pageSize(of file: Int32, _ size: Int) -> Int {
    let usual = usualPageSize
    guard let found = pageSize(read(file, at: 0, 100)), found != usual else { return usual }
    /// Percentage of places at which a page with rows, or the inner structure of a table, begins.
    func share(from first: Int, each step: Int) -> Int {
      let places = max(1, (size - first) / step)
      let stride = max(1, places / 256)
      let looked = Swift.stride(from: 0, to: places, by: stride)
      let pages = looked.filter { isPage(file, at: first + $0 * step, min(found, usual)) }
      return pages.count * 100 / max(1, looked.underestimatedCount)
    }
    let whole = share(from: usual, each: usual)
    if found < usual { return share(from: usual + found, each: usual) * 2 < whole ? usual : found }
    return share(from: usual, each: found) * 2 >= whole ? usual : found
  }

  private static func isPage(_ file: Int32, at place: Int, _ size: Int) -> Bool {
    let head = read(file, at: place, 8)
    guard head.count == 8, [0x02, 0x05, 0x0A, 0x0D].contains(head[0]) else { return false }
    let (cells, content) = (number(head, 3, 2), number(head, 5, 2))
    return content >= 8 + 2 * cells && content <= max(size, usualPageSize)
  }

  /// Returns the page size that the head of a file has; `nil` when one of the bytes that are the same in every ledger differs.
  private static func pageSize(_ head: [UInt8]) -> Int? {
    guard head.count == 100, head.starts(with: Array("SQLite format 3\0".utf8)),
      head[20...23].elementsEqual([0, 64, 32, 32])
    else { return nil }
    let size = number(head, 16, 2) == 1 ? 65_536 : number(head, 16, 2)
    return size >= 512 && size & (size - 1) == 0 ? size : nil
  }

  /// Returns the pages on the free list; `nil` unless it is whole and as long as the head says. A damaged one would name pages
  /// with rows.
  private func freeList() -> Set<Int>? {
    guard let first = page(1), Self.pageSize(first.count >= 100 ? Array(first[..<100]) : []) == pageSize
    else {
      return nil
    }
    let pages = max(numbers.last ?? 0, Self.number(first, 28, 4))
    var free: Set<Int> = []
    var trunk = Self.number(first, 32, 4)
    while trunk != 0 {
      guard (2...max(2, pages)).contains(trunk), free.insert(trunk).inserted, let page = page(trunk),
        Self.number(page, 4, 4) <= pageSize / 4 - 2
      else { return nil }
      for index in 0..<Self.number(page, 4, 4) {
        let leaf = Self.number(page, 8 + 4 * index, 4)
        guard (2...max(2, pages)).contains(leaf), free.insert(leaf).inserted else { return nil }
      }
      trunk = Self.number(page, 0, 4)
    }
    return free.count == Self.number(first, 36, 4) ? free : nil
  }

  /// Returns the pages that the pointer map has as free. Files of this release have one: every n-th page from the second on has an
  /// entry of five bytes, kind and parent, for each page up to the next one.
  private func freePagesOfPointerMap() -> Set<Int> {
    var free: Set<Int> = []
    let entries = pageSize / 5
    for map in numbers where map >= 2 && (map - 2) % (entries + 1) == 0 {
      guard let page = page(map) else { continue }
      let kinds = (0..<entries).map { page[5 * $0] }
      guard kinds.allSatisfy({ $0 <= 5 }), kinds.contains(where: { $0 > 0 }) else { continue }
      // A free page has no parent.
      for index in 0..<entries where kinds[index] == 2 && Self.number(page, 5 * index + 1, 4) == 0 {
        free.insert(map + 1 + index)
      }
    }
    return free
  }

  // MARK: Cells

  /// A row: the values of its record, and its rowid in a table that has one.
  struct Cell {
    let rowid: Int64?
    let values: [TransferValue]
  }

  /// Result of reading a page.
  struct Cells {
    var cells: [Cell] = []
    /// Cells that cannot be decoded.
    var damaged = 0
  }

  /// Decodes the rows on a page; `nil` when the page has no rows.
  func cells(of number: Int, _ page: [UInt8]) -> Cells? {
    let start = number == 1 ? 100 : 0
    let kind = page[start]
    // Leaf of a table, leaf and interior page of an index.
    guard kind == 0x0D || kind == 0x0A || kind == 0x02 else { return nil }
    let pointers = start + (kind == 0x02 ? 12 : 8)
    let number = Self.number(page, start + 3, 2)
    var result = Cells()
    guard pointers + 2 * number <= pageSize else {
      result.damaged = 1
      return result
    }
    for index in 0..<number {
      let place = Self.number(page, pointers + 2 * index, 2)
      if let cell = cell(page, at: place + (kind == 0x02 ? 4 : 0), hasRowid: kind == 0x0D) {
        result.cells.append(cell)
      } else {
        result.damaged += 1
      }
    }
    return result
  }

  /// Longest record, in bytes.
  private static let longestRecord = 1 << 20

  private func cell(_ page: [UInt8], at start: Int, hasRowid: Bool) -> Cell? {
    guard start >= 8 else { return nil }
    var place = start
    guard let size = Self.varint(page, &place), (1...Int64(Self.longestRecord)).contains(size) else {
      return nil
    }
    var rowid: Int64?
    if hasRowid {
      guard let value = Self.varint(page, &place) else { return nil }
      rowid = value
    }
    guard let record = payload(page, at: place, Int(size), isTable: hasRowid),
      let values = Self.values(record)
    else {
      return nil
    }
    return Cell(rowid: rowid, values: values)
  }

  private func payload(_ page: [UInt8], at place: Int, _ size: Int, isTable: Bool) -> [UInt8]? {
    let most = isTable ? pageSize - 35 : (pageSize - 12) * 64 / 255 - 23
    let least = (pageSize - 12) * 32 / 255 - 23
    let spilt = least + (size - least) % (pageSize - 4)
    let local = size <= most ? size : spilt <= most ? spilt : least
    guard place + local <= page.count else { return nil }
    var payload = Array(page[place..<(place + local)])
    if local == size { return payload }
    guard place + local + 4 <= page.count else { return nil }
    var next = Self.number(page, place + local, 4)
    while payload.count < size {
      guard next > 1, let overflow = self.page(next) else { return nil }
      payload += overflow[4..<min(pageSize, 4 + size - payload.count)]
      next = Self.number(overflow, 0, 4)
    }
    return payload
  }

  private static func varint(_ bytes: [UInt8], _ place: inout Int) -> Int64? {
    var value: UInt64 = 0
    for index in 0..<9 {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
      value = value << 7 | UInt64(byte & 0x7F)
      if byte < 0x80 { return Int64(bitPattern: value) }
    }
    return nil
  }

  /// Decodes a record; `nil` unless it is consistent in every byte and its texts are UTF-8.
  private static func values(_ record: [UInt8]) -> [TransferValue]? {
    var place = 0
    guard let head = varint(record, &place), head >= 1, head <= record.count else { return nil }
    var body = Int(head)
    var values: [TransferValue] = []
    while place < Int(head) {
      guard let type = varint(record, &place), values.count < 64 else { return nil }
      let size: Int
      switch type {
      case 0, 8, 9: size = 0
      case 1...4: size = Int(type)
      case 5: size = 6
      case 6, 7: size = 8
      case 13... where type & 1 == 1 && type < 1 << 24: size = Int(type - 13) / 2
      default: return nil
      }
      guard body + size <= record.count else { return nil }
      let bytes = record[body..<(body + size)]
      body += size
      switch type {
      case 0: values.append(.null)
      case 8: values.append(.integer(0))
      case 9: values.append(.integer(1))
      case 1...6:
        let start = bytes.first.map { $0 >= 0x80 } == true ? Int64(-1) : 0
        values.append(.integer(bytes.reduce(start) { $0 << 8 | Int64($1) }))
      case 7: values.append(.real(Double(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })))
      default:
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        values.append(.text(text))
      }
    }
    return place == Int(head) && body == record.count ? values : nil
  }
}
