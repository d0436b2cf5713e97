import Foundation
import Testing

@testable import Healing

struct BlockingThreadTests {
  private struct Refused: Error, Equatable {}

  @Test func `a blocking function runs on a separate thread`() async throws {
    let here = pthread_self()
    #expect(await BlockingThread.run { pthread_self() } != here)
    await #expect(throws: Refused()) {
      try await BlockingThread.run { () throws(Refused) in throw Refused() }
    }
  }

  @Test func `without a thread it runs on the caller's, and its error arrives too`() async {
    #expect(await BlockingThread.run(startingWith: { _ in false }) { 7 } == 7)
    await #expect(throws: Refused()) {
      try await BlockingThread.run(startingWith: { _ in false }) { () throws(Refused) in throw Refused() }
    }
  }
}
