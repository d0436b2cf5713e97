import Foundation
import HealingTestSupport
import Dispatch
import Synchronization
import Testing

@testable import Healing

/// Failures of inner components that reach the outer one in unusual ways.
@Suite struct InnerFailureEdgeTests {
  private struct Down: SelfClassifyingError, Equatable {
    let text: String
    var errorCategory: ErrorCategory? { .network }
  }
  // The usual `catch let error as DatabaseError { log(error); throw error }` makes a new box.
  @Test func `an inner failure that was caught by type and rethrown is recognised`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time
    )
    let inner = try engine.component("db", policy: ComponentPolicy(retry: nil, breaker: nil))
    let outer = engine.component("payments")
    for _ in 0..<5 {
      _ = try? await outer.execute("pay") {
        do { try await inner.execute("select") { throw Down(text: "lock") } } catch let error as Down {
          throw error
        }
      }
    }
    let errors = try await ledger.errors.recent(component: "payments", limit: 10)
    #expect(
      errors.allSatisfy { $0.causeID != nil },
      "\(errors.count { $0.causeID != nil }) of \(errors.count) are references")
    #expect(outer.breakerSnapshot()?.state == .closed)
  }
  // typed throws
  @Test func `an inner failure behind typed throws is recognised`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time
    )
    let inner = try engine.component("db", policy: ComponentPolicy(retry: nil, breaker: nil))
    let outer = engine.component("payments")
    func select() async throws(Down) {
      do { try await inner.execute("select") { throw Down(text: "lock") } } catch {
        throw (error as? Down) ?? Down(text: "other")
      }
    }
    for _ in 0..<5 { _ = try? await outer.execute("pay") { try await select() } }
    #expect(outer.breakerSnapshot()?.state == .closed)
  }
  @Test(arguments: ["async let", "task group", "unstructured task"])
  func `an inner failure in a child task is recognised`(kind: String) async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time
    )
    let inner = try engine.component("db", policy: ComponentPolicy(retry: nil, breaker: nil))
    let outer = engine.component("payments")
    for _ in 0..<5 {
      _ = try? await outer.execute("pay") { () async throws -> Int in
        switch kind {
        case "async let":
          async let rows = inner.execute("select") { () -> Int in throw Down(text: "lock") }
          return try await rows
        case "task group":
          return try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await inner.execute("select") { throw Down(text: "lock") } }
            return try await group.next() ?? 0
          }
        default:
          return try await Task { try await inner.execute("select") { throw Down(text: "lock") } }.value
        }
      }
    }
    let errors = try await ledger.errors.recent(component: "payments", limit: 10)
    #expect(errors.count == 5 && errors.allSatisfy { $0.causeID != nil })
    #expect(outer.breakerSnapshot()?.state == .closed)
  }
  private static let shared: any Error = Down(text: "not connected")
  @Test func `one error object that two components throw is not a reference`() async throws {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time
    )
    let a = try engine.component("a", policy: ComponentPolicy(retry: nil, breaker: nil))
    let b = engine.component("b")
    for _ in 0..<5 {
      await Task.detached { _ = try? await a.execute("x") { throw Self.shared } }.value
      _ = try? await b.execute("y") { throw Self.shared }
    }
    #expect(b.breakerSnapshot()?.state == .open)
  }
  // an inner failure that the operation swallowed, then a similar one of the operation
  @Test func `two hundred concurrent calls under one inner outage do not open the outer circuit`()
    async throws
  {
    let time = VirtualTime()
    let ledger = InMemoryLedger(time: time)
    let engine = try await RecoveryEngine(
      ledger: ledger,
      policy: ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 3)), time: time
    )
    let inner = try engine.component("db", policy: ComponentPolicy(retry: nil, breaker: nil))
    let outer = engine.component("payments")
    // 100 calls at once: more than the 64 errors that are kept.
    await withTaskGroup(of: Void.self) { group in
      for i in 0..<200 {
        group.addTask {
          _ = try? await outer.execute("pay") {
            do { try await inner.execute("select") { throw Down(text: "\(i)") } } catch {
              for _ in 0..<50 { await Task.yield() }
              throw error
            }
          }
        }
      }
    }
    #expect(outer.breakerSnapshot()?.state == .closed, "200 calls at once under one inner outage")
  }
}
