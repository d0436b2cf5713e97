import Foundation
import Testing

@testable import Healing
@testable import HealingChecks
@testable import HealingServer
@testable import HealingTesting

@Suite struct ErrorDescriptionTests {
  /// Every public error type of the products, and the rule by which each error is classified.
  private static let errors: [(error: any Error, rule: String)] = [
    (CircuitOpenError(component: "api", retryAfter: .seconds(3), errorID: nil), "type.circuit_open"),
    (
      CircuitOpenError(component: "api", retryAfter: nil, errorID: LedgerID(rawValue: 7)), "type.circuit_open"
    ),
    (BulkheadFullError(component: "api", limit: 3), "type.bulkhead_full"),
    (
      OperationTimeoutError(component: "api", operation: "get", scope: .attempt, limit: .seconds(2)), "self"
    ),
    (
      OperationTimeoutError(component: "api", operation: "get", scope: .execution, limit: .seconds(2)), "self"
    ),
    (CompensationTimeoutError(compensation: "refund", limit: .seconds(2)), "self"),
    (UnacceptableResultError(valueType: "Reply", category: .api, isTransient: true), "self"),
    (UnacceptableResultError(valueType: "Reply", category: .rateLimit, isTransient: nil), "self"),
    (ComponentLimitError(component: "tenant-1", limit: 9), "none"),
    (PolicyConflictError(component: "api", inForce: "{}", refused: #"{"retry":null}"#), "text.api.conflict"),
    (NoCircuitBreakerError(component: "api"), "text.authentication.thing"),
    (
      InvalidOptionError(options: [.init(name: "RetryOptions.maxAttempts", value: "0", allowed: "1...10")]),
      "type.invalid_option"
    ),
    (
      InvalidOptionError(options: [.init(name: "RetryOptions.base", value: "0.5", allowed: "1...100")]),
      "type.invalid_option"
    ),
    (InvalidComponentNameError(name: ""), "type.invalid_option"),
    (InvalidComponentNameError(name: "a b"), "type.invalid_option"),
    (LedgerError(.busy, ledger: "a.db", problem: "it is locked", remedy: "wait"), "ledger.busy"),
    (LedgerError(.full, ledger: "a.db", problem: "the disk is full"), "ledger.full"),
    (LedgerError(.closed, ledger: "a.db", problem: "it was closed"), "text.database.hint"),
    (ConcurrencyLimiter.QueueFull(), "text.resource.busy"),
    (CommandFailedError(problem: "the program failed: exit code 1"), "text.unknown.type"),
    (WebhookTimeoutError(limit: .seconds(10)), "self"),
    (WebhookRefusedError(status: 503), "http.503"),
    (WebhookRefusedError(status: 404), "http.404"),
    (HTTPServerError("port 80: permission denied"), "text.authentication.plainly_denied"),
    (ScriptEndedError(call: 3, steps: 2), "self"),
    (ScriptEndedError(call: 2, steps: 1), "self"),
    (ExpectationError(expected: "a retry of api that ended as succeeded", found: []), "none"),
    (
      ExpectationError(expected: "a retry of api that ended as succeeded", found: ["a row"]),
      "text.database.hint"
    ),
  ]

  @Test(arguments: errors.indices)
  func `the localized description of an error has the words of its description`(index: Int) throws {
    let (error, rule) = Self.errors[index]
    let described = try #require(error as? any LocalizedError & CustomStringConvertible)
    #expect(!described.description.isEmpty)
    #expect(described.errorDescription == described.description)
    #expect(error.localizedDescription == described.description)
    #expect((error as NSError).localizedDescription == described.description)
    #expect("\(error)" == described.description)
    // The detector reads the same words, and its verdict does not depend on them for a known type.
    let context = ErrorDetector().detect(error, component: "api", operation: "get")
    #expect(context.message == described.description)
    #expect(context.classification.rule == rule)
  }

  @Test func `every public error type of the products is among them`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sources = FileManager.default.enumerator(
      at: root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil)
    let declaration = /public (?:struct|enum|final class|class|actor) (\w+)(?:<[^>]*>)?:([^{]*)\{/
    var declared: Set<String> = []
    for file in (sources?.compactMap { $0 as? URL } ?? []) where file.pathExtension == "swift" {
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
        let conformances = match.2.split { !$0.isLetter }
        if conformances.contains(where: { $0.hasSuffix("Error") }) { declared.insert(String(match.1)) }
      }
    }
    #expect(declared == Set(Self.errors.map { "\(type(of: $0.error))" }))
  }
}
