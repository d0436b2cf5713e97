import Foundation
import FoundationNetworking
import Testing

@testable import Healing

/// Errors inside errors.
@Suite struct WrappedErrorsTests {
  private struct Stored: Error, CustomStringConvertible {
    var name = "orders"
    let cause: any Error
    var description: String { "orders did not answer" }
  }
  private struct Optionally: Error, CustomStringConvertible {
    let underlyingError: (any Error)?
    var description: String { "orders did not answer" }
  }
  private struct Listed: Error, CustomStringConvertible {
    let errors: [any Error]
    var description: String { "orders did not answer" }
  }
  private enum Cased: Error, CustomStringConvertible {
    case plain
    case one(any Error)
    case labelled(status: Int, cause: any Error)
    indirect case nested(Cased)
    case context(Context)
    struct Context { let underlyingError: (any Error)? }
    var description: String { "orders did not answer" }
  }
  private struct Generic<Cause: Error>: Error, CustomStringConvertible {
    let cause: Cause
    var description: String { "orders did not answer" }
  }
  private struct Custom: CustomNSError, CustomStringConvertible {
    let box: Box
    final class Box: Sendable {
      let error: any Error
      init(_ error: any Error) { self.error = error }
    }
    var errorUserInfo: [String: Any] { [NSUnderlyingErrorKey: box.error] }
    var description: String { "orders did not answer" }
  }
  private struct Own: SelfClassifyingError, CustomStringConvertible {
    var category: ErrorCategory?
    var severity: ErrorSeverity?
    var cause: (any Error)?
    var errorCategory: ErrorCategory? { category }
    var errorSeverity: ErrorSeverity? { severity }
    var description: String { "orders did not answer" }
  }
  private struct Plain: Error, CustomStringConvertible {
    var description = "connection refused"
  }
  private struct Numbers: Error {
    let name: String
    let code: Int
    let isLate: Bool
    let scope: OperationTimeoutError.Scope
    let component: ComponentName
    let note: String?
  }
  private struct Anything: Error { let content: any Sendable }
  private struct DatabaseRule: ErrorClassifier {
    func classify(_ error: any Error) -> ErrorClassification? {
      error is Plain ? ErrorClassification(category: .database, rule: "mine") : nil
    }
  }

  private static func foundation(_ key: String, _ value: Any) -> NSError {
    NSError(
      domain: "orders", code: 7,
      userInfo: [key: value, NSLocalizedDescriptionKey: "orders did not answer"])
  }

  private static func generic<Cause: Error>(_ cause: Cause) -> any Error { Generic(cause: cause) }

  /// Every way in which one error can hold another.
  private static let wrappers: [@Sendable (any Error) -> any Error] = [
    { Stored(cause: $0) },
    { Optionally(underlyingError: $0) },
    { Listed(errors: [$0]) },
    { Cased.one($0) },
    { Cased.labelled(status: 7, cause: $0) },
    { Cased.nested(.one($0)) },
    { Cased.context(Cased.Context(underlyingError: $0)) },
    { generic($0) },
    { Custom(box: Custom.Box($0)) },
    { Own(cause: $0) },
    { foundation(NSUnderlyingErrorKey, $0) },
    { foundation("NSMultipleUnderlyingErrorsKey", [$0]) },
    { CocoaError(.fileReadUnknown, userInfo: [NSUnderlyingErrorKey: $0]) },
    { Stored(cause: foundation(NSUnderlyingErrorKey, $0)) },
    { Stored(cause: Optionally(underlyingError: Cased.one(Stored(cause: $0)))) },
  ]

  private let detector = ErrorDetector()

  @Test(arguments: wrappers.indices)
  func `a wrapped error decides when the wrapper has no verdict`(index: Int) {
    let wrap = Self.wrappers[index]
    let inner: [(any Error, ErrorCategory, String)] = [
      (URLError(.timedOut), .timeout, "urlerror.-1001"),
      (POSIXError(.ECONNRESET), .network, "errno.ECONNRESET"),
      (Own(category: .rateLimit), .rateLimit, "self"),
      (LedgerError(.busy, ledger: "x", problem: "y"), .database, "ledger.busy"),
      (
        DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "x")), .api,
        "type.decoding"
      ),
    ]
    for (error, category, rule) in inner {
      let verdict = detector.classify(wrap(error))
      #expect(verdict.category == category && verdict.rule == rule, "\(wrap(error)): \(verdict)")
      #expect(!verdict.isLocalRejection)
    }
    let context = detector.detect(wrap(URLError(.timedOut)), component: "a", operation: "b")
    #expect(context.type.contains("URLError") == false || context.type.contains("Generic"))
    #expect(ErrorDetector(classifiers: [DatabaseRule()]).classify(wrap(Plain())).rule == "mine")
  }

  @Test(arguments: wrappers.indices)
  func `a wrapped rejection or cancellation stays local`(index: Int) {
    let wrap = Self.wrappers[index]
    let open = detector.classify(
      wrap(CircuitOpenError(component: "a", retryAfter: .seconds(9), errorID: nil)))
    #expect(open.isLocalRejection && !open.isCancellation && open.retryAfter == .seconds(9))
    let full = detector.classify(wrap(BulkheadFullError(component: "a", limit: 3)))
    #expect(full.isLocalRejection && !full.isCancellation)
    for error in [CancellationError(), URLError(.cancelled), POSIXError(.ECANCELED)] as [any Error] {
      let verdict = detector.classify(wrap(error))
      #expect(verdict.isCancellation && verdict.isLocalRejection, "\(wrap(error)): \(verdict)")
      #expect(!verdict.shouldRetry && !verdict.shouldFallback && !verdict.shouldCircuitBreak)
    }
  }

  @Test func `a self-classifying wrapper keeps its category, and a rejection in it keeps its origin`() {
    #expect(detector.classify(Own(category: .database, cause: URLError(.timedOut))).category == .database)
    let verdict = detector.classify(Own(category: .database, cause: CancellationError()))
    #expect(verdict.category == .database && verdict.isCancellation)
    #expect(
      detector.classify(
        Own(category: .database, cause: CircuitOpenError(component: "a", retryAfter: nil, errorID: nil))
      ).isLocalRejection)
    let open = detector.classify(Own(severity: .high, cause: POSIXError(.EACCES)))
    #expect(open.category == .authentication && open.severity == .high)
  }

  @Test func `a wrapper with a code keeps its verdict, and a rejection in it keeps its origin`() {
    struct Coded: SelfClassifyingError, CustomStringConvertible {
      var httpStatus: Int?
      var errorCategory: ErrorCategory?
      let cause: any Error
      var description: String { "orders did not answer" }
    }
    let open = CircuitOpenError(component: "a", retryAfter: nil, errorID: nil)
    for category in [nil, .api] as [ErrorCategory?] {
      func verdict(_ status: Int, _ cause: any Error) -> ErrorClassification {
        detector.classify(Coded(httpStatus: status, errorCategory: category, cause: cause))
      }
      #expect(verdict(503, POSIXError(.EACCES)).category == .api)
      #expect(verdict(503, POSIXError(.EACCES)).shouldCircuitBreak)
      #expect(verdict(503, open).category == .api && verdict(503, open).isLocalRejection)
      #expect(!verdict(503, open).isCancellation)
      #expect(verdict(503, CancellationError()).isCancellation)
      #expect(verdict(499, POSIXError(.EACCES)).isCancellation)
    }
    #expect(!detector.classify(Coded(httpStatus: 504, cause: CancellationError())).isCancellation)
    // Wrappers without a verdict use none of the budget of errors to read.
    var deep: any Error = POSIXError(.EMFILE)
    for _ in 1...4 { deep = Own(cause: deep) }
    #expect(detector.classify(deep).rule == "errno.EMFILE")
  }

  @Test func `a time limit that cancelled its work is a timeout`() {
    struct TimedOut: Error { let cause: any Error }
    struct TimeoutError: Error { let cause: any Error }
    struct DeadlineExceeded: Error { let causes: [any Error] }
    struct Said: Error, CustomStringConvertible {
      let cause: any Error
      var description: String { "the request timed out" }
    }
    for error in [
      TimedOut(cause: CancellationError()), TimeoutError(cause: CancellationError()),
      DeadlineExceeded(causes: [CancellationError(), URLError(.cancelled)]),
      Said(cause: URLError(.cancelled)), Stored(cause: TimeoutError(cause: CancellationError())),
      Own(category: .timeout, cause: CancellationError()),
      Own(severity: .high, cause: TimedOut(cause: CancellationError())),
    ] as [any Error] {
      let verdict = detector.classify(error)
      #expect(verdict.category == .timeout && verdict.shouldCircuitBreak && verdict.shouldRetry, "\(error)")
    }
  }

  @Test func `an error that only mentions a time limit is not a timeout`() {
    struct Failed: Error {
      let timeout: Duration
      let cause: any Error
    }
    struct Said: Error, CustomStringConvertible {
      let cause: any Error
      var description: String { "the call failed (timeout 30 s)" }
    }
    for cause in [CancellationError(), URLError(.cancelled), POSIXError(.ECANCELED)] as [any Error] {
      for error in [Failed(timeout: .seconds(30), cause: cause), Said(cause: cause)] as [any Error] {
        #expect(detector.classify(error).isCancellation, "\(error)")
      }
    }
  }

  @Test func `of several errors a failure decides, not the cancellation of the others`() {
    let several: [[any Error]] = [
      [CancellationError(), URLError(.timedOut)], [URLError(.timedOut), CancellationError()],
      [Stored(cause: CancellationError()), Cased.one(URLError(.timedOut))],
      [CircuitOpenError(component: "a", retryAfter: nil, errorID: nil), URLError(.timedOut)],
    ]
    for errors in several {
      for error in [Listed(errors: errors), Self.foundation("NSMultipleUnderlyingErrorsKey", errors)]
        as [any Error]
      {
        #expect(detector.classify(error).rule == "urlerror.-1001", "\(errors)")
      }
    }
    #expect(!detector.classify(Listed(errors: [CancellationError(), Plain()])).isCancellation)
    #expect(detector.classify(Listed(errors: [CancellationError(), URLError(.cancelled)])).isCancellation)
  }

  @Test func `the chain starts with the error and has up to four levels`() {
    func names(_ error: any Error) -> [String] {
      WrappedErrors.chain(of: error).map { "\(($0 as? POSIXError)?.code.rawValue ?? 0)" }
    }
    #expect(names(POSIXError(.EPERM)) == ["1"])
    let two = Listed(errors: [Stored(cause: POSIXError(.ESRCH)), POSIXError(.EPERM)])
    #expect(names(two) == ["0", "0", "1", "3"])
    var deep: any Error = POSIXError(.EPERM)
    for depth in 1...6 {
      deep = Stored(cause: deep)
      #expect(names(deep).contains("1") == (depth <= 4), "\(depth)")
      #expect(names(deep).count == min(depth, 4) + 1)
    }
    let wide = Listed(errors: Array(repeating: POSIXError(.EPERM), count: 10_000))
    #expect(WrappedErrors.chain(of: wide).count <= 17)
  }

  @Test func `cached facts about a type hold for each of its values`() {
    // Nothing inside at first; a later value of the same type holds an error.
    for empty in [
      Cased.plain, Optionally(underlyingError: nil), Listed(errors: []), Anything(content: "text"),
      Anything(content: 1), Own(),
    ] as [any Error] {
      #expect(WrappedErrors.chain(of: empty).count == 1, "\(empty)")
    }
    for full in [
      Cased.one(Plain()), Optionally(underlyingError: Plain()), Listed(errors: [Plain()]),
      Anything(content: Plain()), Own(cause: Plain()),
    ] as [any Error] {
      #expect(WrappedErrors.chain(of: full).count == 2, "\(full)")
    }
    let numbers = Numbers(
      name: "a", code: 1, isLate: true, scope: .attempt, component: "a", note: nil)
    for _ in 0..<2 { #expect(WrappedErrors.chain(of: numbers).count == 1) }
    #expect(!WrappedErrors.canHold(numbers) && !WrappedErrors.canHold(Plain()))
    #expect(WrappedErrors.canHold(Anything(content: "text")) && WrappedErrors.canHold(Cased.plain))
  }
}
