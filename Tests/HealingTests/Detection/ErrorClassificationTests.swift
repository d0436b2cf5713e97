import Healing
import Testing

@Suite struct ErrorClassificationTests {
  private func verdict(
    _ category: ErrorCategory, _ severity: ErrorSeverity? = nil, transient: Bool? = nil,
    retryAfter: Duration? = nil, isLocalRejection: Bool = false
  ) -> ErrorClassification {
    ErrorClassification(
      category: category, severity: severity, isTransient: transient, rule: "test", retryAfter: retryAfter,
      isLocalRejection: isLocalRejection)
  }

  @Test(arguments: ErrorCategory.allCases)
  func `only transient errors are retried, never critical errors or errors of the caller`(
    category: ErrorCategory
  ) {
    let isNever = [.validation, .authentication, .configuration].contains(category)
    #expect(verdict(category, transient: true).shouldRetry == !isNever)
    #expect(!verdict(category, transient: false).shouldRetry)
    #expect(!verdict(category, .critical, transient: true).shouldRetry)
  }

  @Test(arguments: ErrorCategory.allCases)
  func `fallback is allowed unless the request is wrong`(category: ErrorCategory) {
    #expect(verdict(category).shouldFallback == (category != .validation))
  }

  @Test(arguments: ErrorCategory.allCases)
  func `errors of the caller and local rejections do not count against a breaker`(
    category: ErrorCategory
  ) {
    #expect(verdict(category).shouldCircuitBreak == (category != .validation))
    #expect(!verdict(category, isLocalRejection: true).shouldCircuitBreak)
  }

  @Test func `the delay is the server's request, else 5 s when throttled, else 1 s`() {
    #expect(verdict(.network).retryDelay == .seconds(1))
    #expect(verdict(.rateLimit).retryDelay == .seconds(5))
    #expect(verdict(.rateLimit, retryAfter: .seconds(42)).retryDelay == .seconds(42))
    #expect(verdict(.validation, transient: true, retryAfter: .seconds(42)).retryDelay == nil)
    #expect(verdict(.network, transient: false).retryDelay == nil)
  }

  @Test func `severity and transience follow from the category unless given`() {
    let expected: [(ErrorCategory, ErrorSeverity, Bool)] = [
      (.network, .medium, true), (.timeout, .medium, true), (.rateLimit, .low, true), (.api, .medium, false),
      (.authentication, .high, false), (.resource, .high, false), (.database, .high, false),
      (.validation, .low, false), (.configuration, .high, false), (.unknown, .medium, false),
    ]
    #expect(expected.count == ErrorCategory.allCases.count)
    for (category, severity, isTransient) in expected {
      #expect(verdict(category).severity == severity && verdict(category).isTransient == isTransient)
    }
    #expect(verdict(.database, transient: true).severity == .medium)
    #expect(verdict(.database, .critical, transient: true).severity == .critical)
    #expect(verdict(.network, .low).severity == .low)
  }

  @Test(arguments: [
    "no space left on device", "java.lang.OutOfMemoryError", "database disk image is malformed", "ENOSPC",
    "invalid page in block 7 of relation base/1/2",
  ])
  func `errors that last until an operator acts are critical`(message: String) {
    let verdict = ErrorDetector().classify(ErrorEvidence(message: message))
    #expect(verdict.severity == .critical && !verdict.shouldRetry)
  }
}
