import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingSQLite

/// A disk that is really full: a small file system in memory. Needs the right to mount one.
@Suite struct FullDiskTests {
  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a full disk fails no call, and totals are exact when space is free again`() async throws {
    let disk = try SmallDisk("3m")
    let ledger = try SQLiteLedger(path: disk.path, options: SQLiteLedgerOptions(retention: nil))
    var recorded = 0
    func record(_ count: Int) {
      for index in 0..<count {
        let outcome: CallOutcome = index.isMultiple(of: 2) ? .success : .failure
        ledger.record(CallSample(component: "a", outcome: outcome, durationNanoseconds: 1_000, endedAt: 0))
      }
      recorded += count
    }
    var problem: LedgerError?
    while problem == nil && recorded < 1_000_000 {
      record(5_000)
      do throws(LedgerError) { try await ledger.flush() } catch { problem = error }
    }
    #expect(problem?.code == .full || problem?.code == .unavailable, "\(String(describing: problem))")
    // Calls continue while no row can be stored.
    record(100_000)
    try disk.resize("64m")
    var isDurable = false
    for _ in 0..<50 where !isDurable {
      do throws(LedgerError) {
        try await ledger.flush()
        isDurable = true
      } catch { continue }
    }
    #expect(isDurable)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == Int64(recorded))
    try await ledger.close()
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a ledger opens on a full disk: its reserve lets it delete its oldest rows`() async throws {
    let disk = try SmallDisk("8m")
    let time = VirtualTime()
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    var ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    func record(_ count: Int) async throws {
      for _ in 0..<count {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds())
        )
      }
      try await ledger.flush()
    }
    for _ in 0..<10 {
      try await record(2_000)
      time.advance(by: .seconds(90))
    }
    let reserve = disk.path + "-reserve"
    await ledger.waitUntil { _ in FileManager.default.fileExists(atPath: reserve) }
    try await ledger.close()
    // Another program takes what is left.
    try disk.fill()
    ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    let rows =
      try Connection(path: disk.path, mode: .readOnly).integer("SELECT count(*) FROM health_sample") ?? 0
    #expect(rows >= 8_000 && rows < 20_000, "\(rows)")
    try await record(1_000)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == 21_000)
    try await ledger.close()
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `opening creates the reserve at once, so that a disk that fills meanwhile stops no start`()
    async throws
  {
    let disk = try SmallDisk("8m")
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    let time = VirtualTime()
    for round in 1...2 {
      let ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
      if round == 1 { #expect(FileManager.default.fileExists(atPath: disk.path + "-reserve")) }
      // The rows that the second start frees have room for a few batches.
      for _ in 0..<(round == 1 ? 5_000 : 500) {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds()))
      }
      try await ledger.flush()
      #expect(
        try await ledger.samples.rates(.all, component: "a").first?.totalRequests
          == (round == 1 ? 5_000 : 5_500))
      try await ledger.close()
      if round == 1 { try disk.fill() }
    }
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a start on a full disk copies the log of a killed run, and deletes no row when that is enough`()
    async throws
  {
    let (disk, other) = (try SmallDisk("16m"), try SmallDisk("16m"))
    let time = VirtualTime()
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    let ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    // A reader keeps the log from being emptied. Small batches write the same pages many times.
    let reader = try Connection(path: disk.path, mode: .readOnly)
    try reader.run("BEGIN")
    _ = try reader.integer("SELECT count(*) FROM health_sample")
    var recorded = 0
    while FileIdentity(path: disk.path + "-wal")?.size ?? 0 < 3 << 20 {
      for _ in 0..<20 {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds()))
      }
      recorded += 20
      try await ledger.flush()
      time.advance(by: .seconds(1))
    }
    // What a kill leaves: the files as they are now.
    for ending in ["", "-wal", "-reserve"] {
      try FileManager.default.copyItem(atPath: disk.path + ending, toPath: other.path + ending)
    }
    try reader.run("COMMIT")
    try await ledger.close()
    // Room for the index of the log and for the lock.
    try other.fill(leaving: 40 << 10)
    let started = try SQLiteLedger(path: other.path, options: options, time: time)
    started.record(
      CallSample(
        component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: time.monotonicNanoseconds()))
    try await started.close()
    let found = try Connection(path: other.path, mode: .readOnly)
    #expect(try found.integer("SELECT count(*) FROM health_sample") == Int64(recorded + 1))
    #expect(try found.integer("SELECT count(*) FROM watermark") == 0)
    #expect(FileIdentity(path: other.path + "-reserve")?.size == 1 << 20, "\(other.contents)")
    #expect(try await LedgerCheck(path: other.path).run().problem == nil)
  }

  /// - Parameter batch: calls in a batch. Small batches write the same pages to the log many times.
  @Test(
    .enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"),
    arguments: [2_000, 40])
  func `prune works on a full disk: it deletes the reserve to open the ledger, then rows`(batch: Int)
    async throws
  {
    let disk = try SmallDisk("8m")
    let time = VirtualTime()
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    let ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    for _ in 0..<10 {
      for call in 1...2_000 {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds()))
        if call.isMultiple(of: batch) { try await ledger.flush() }
      }
      time.advance(by: .seconds(90))
    }
    let reserve = disk.path + "-reserve"
    await ledger.waitUntil { _ in FileManager.default.fileExists(atPath: reserve) }
    try await ledger.close()
    try disk.fill()
    var kept = RetentionOptions()
    kept.samples = .seconds(300)
    let upkeep = try LedgerUpkeep(path: disk.path, identity: ProcessIdentity(), time: time)
    let report = try await upkeep.prune(kept)
    #expect((report.figures.deleted["health_sample"]?.rows ?? 0) > 10_000)
    #expect(report.usedBytes.after < report.usedBytes.before)
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a ledger on a full disk is closed, and its run ends cleanly`() async throws {
    let disk = try SmallDisk("8m")
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    let ledger = try SQLiteLedger(path: disk.path, options: options, time: VirtualTime())
    for _ in 0..<40 {
      ledger.record(
        CallSample(component: "a", outcome: .success, durationNanoseconds: 1_000, endedAt: 0))
      try await ledger.flush()
    }
    try disk.fill()
    try await ledger.close()
    let connection = try Connection(path: disk.path, mode: .readOnly)
    #expect(try connection.integer("SELECT count(*) FROM process WHERE ended_at IS NULL") == 0)
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a batch larger than what a full disk frees at once is written in the end`() async throws {
    let disk = try SmallDisk("6m")
    let time = VirtualTime()
    let ledger = try SQLiteLedger(
      path: disk.path, options: SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20),
      time: time)
    time.advance(by: .seconds(90))
    let reserve = disk.path + "-reserve"
    await ledger.waitUntil { _ in FileManager.default.fileExists(atPath: reserve) }
    for batch in 0..<40 {
      for _ in 0..<5_000 {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds()))
      }
      var failures: [LedgerError] = []
      while failures.count < 100 {
        do throws(LedgerError) {
          try await ledger.flush()
          break
        } catch {
          failures.append(error)
          // Rows may be deleted once a minute.
          time.advance(by: .seconds(10))
        }
      }
      #expect(
        failures.count < 100,
        "batch \(batch): \(failures.map(\.problem).reversed().prefix(20)); \(disk.contents)")
      if failures.count == 100 { break }
      time.advance(by: .seconds(90))
    }
    try await ledger.close()
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"))
  func `a log that fills the disk is copied and emptied, which no flush notices and which costs no row`()
    async throws
  {
    let disk = try SmallDisk("8m")
    let time = VirtualTime()
    let ledger = try SQLiteLedger(
      path: disk.path, options: SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20),
      time: time)
    time.advance(by: .seconds(90))
    let reserve = disk.path + "-reserve"
    await ledger.waitUntil { _ in FileManager.default.fileExists(atPath: reserve) }
    // Each batch puts a few pages of every table into the log, many times the new rows. Between them, rows get old enough
    // to be deleted.
    var sizes: [Int] = []
    for batch in 0..<600 {
      for _ in 0..<50 {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds())
        )
      }
      try await ledger.flush()
      sizes.append(try FileManager.default.attributesOfItem(atPath: disk.path + "-wal")[.size] as? Int ?? 0)
      if batch.isMultiple(of: 60) { time.advance(by: .seconds(90)) }
    }
    #expect(zip(sizes, sizes.dropFirst()).contains { $0 > $1 }, "the log did not fill the disk")
    try await ledger.close()
    let connection = try Connection(path: disk.path, mode: .readOnly)
    #expect(try connection.integer("SELECT count(*) FROM health_sample") == 30_000)
    #expect(try connection.integer("SELECT count(*) FROM watermark") == 0)
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }

  @Test(
    .enabled(if: SmallDisk.isAvailable, "needs the right to mount a file system in memory"),
    arguments: [500, 1_500, 3_000])
  func `without room for a reserve, no batch is committed whose log could not be copied`(batch: Int)
    async throws
  {
    let disk = try SmallDisk("8m")
    let time = VirtualTime()
    let options = SQLiteLedgerOptions(sampleDetail: .everyCall, reserveBytes: 1 << 20)
    var ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    func record(_ count: Int) {
      for _ in 0..<count {
        ledger.record(
          CallSample(
            component: "a", outcome: .success, durationNanoseconds: 1_000,
            endedAt: time.monotonicNanoseconds()))
      }
    }
    for _ in 0..<10 {
      record(2_000)
      try await ledger.flush()
      time.advance(by: .seconds(90))
    }
    try await ledger.close()
    try FileManager.default.removeItem(atPath: disk.path + "-reserve")
    try disk.fill(leaving: 900 << 10)
    ledger = try SQLiteLedger(path: disk.path, options: options, time: time)
    for number in 1...20 {
      record(batch)
      var failures: [LedgerError] = []
      var isDurable = false
      while !isDurable && failures.count < 100 {
        do throws(LedgerError) {
          try await ledger.flush()
          isDurable = true
        } catch {
          failures.append(error)
          time.advance(by: .seconds(10))
        }
      }
      try #require(
        isDurable, "batch \(number): \(failures.map(\.problem).suffix(3)); \(disk.contents)")
      time.advance(by: .seconds(90))
    }
    let recorded = Int64(20_000 + 20 * batch)
    #expect(try await ledger.samples.rates(.all, component: "a").first?.totalRequests == recorded)
    try await ledger.close()
    #expect(try await LedgerCheck(path: disk.path).run().problem == nil)
  }
}
