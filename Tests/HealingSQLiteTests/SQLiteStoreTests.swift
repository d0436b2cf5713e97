import Foundation
import Healing
import HealingTestSupport
import Testing

@testable import HealingSQLite

@Suite struct SQLiteStoreTests {
  @Test(.timeLimit(.minutes(5)), arguments: StoreConformance<SQLiteStore>.all.indices)
  func `conforms to the contract of a store`(index: Int) async throws {
    let (_, test) = StoreConformance<SQLiteStore>.all[index]
    let folder = try TemporaryFolder()
    let path = folder.path()
    try await test(
      StoreConformance {
        StoreConformance.Place(
          makeStore: { SQLiteStore(file: LedgerFile(path: path), logLimit: 256 << 20) },
          refuse: {
            try Connection(path: path, mode: .readWrite).execute(
              """
              CREATE TRIGGER refuse BEFORE INSERT ON error WHEN new.operation = 'refused'
              BEGIN SELECT raise(ABORT, 'no'); END
              """)
          },
          refusedEvents: {
            try Connection(path: path, mode: .readOnly).integer(
              "SELECT sum(events) FROM gap WHERE kind = 'entries_refused'") ?? 0
          }, remove: { try FileManager.default.removeItem(atPath: path) })
      })
  }
}
