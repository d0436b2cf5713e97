import Healing
import HealingLedger
import HealingTestSupport
import Testing

/// The writer depends on nothing of SQLite: it works with a store in memory.
@Suite struct MemoryStoreTests {
  @Test(.timeLimit(.minutes(5)), arguments: StoreConformance<MemoryStore>.all.indices)
  func `conforms to the contract of a store`(index: Int) async throws {
    let (_, test) = StoreConformance<MemoryStore>.all[index]
    try await test(
      StoreConformance {
        let place = MemoryPlace()
        return StoreConformance.Place(
          makeStore: { MemoryStore(place: place) }, refuse: { place.refuse() },
          refusedEvents: { place.refusedEvents }, remove: { place.remove() })
      })
  }
}
