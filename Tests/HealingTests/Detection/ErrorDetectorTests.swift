import Foundation
import FoundationNetworking
import Healing
import HealingTestSupport
import Testing

@Suite struct ErrorDetectorTests {
  private struct Plain: Error, CustomStringConvertible { let description: String }

  private struct Own: SelfClassifyingError, CustomStringConvertible {
    var description = "connection refused"
    var errorCategory: ErrorCategory?
    var errorSeverity: ErrorSeverity?
    var isTransient: Bool?
    var retryAfter: Duration?
    var httpStatus: Int?
    var errorCode: String?
  }

  private struct Always: ErrorClassifier {
    let rule: String
    let onlyFor: String?
    func classify(_ error: any Error) -> ErrorClassification? {
      onlyFor == nil || String(describing: error) == onlyFor
        ? ErrorClassification(category: .configuration, rule: rule) : nil
    }
  }

  private let detector = ErrorDetector()

  @Test func `the user's classifiers run first, in order`() {
    let detector = ErrorDetector(classifiers: [
      Always(rule: "a", onlyFor: "x"), Always(rule: "b", onlyFor: nil),
    ])
    #expect(detector.classify(Plain(description: "x")).rule == "a")
    #expect(detector.classify(Plain(description: "y")).rule == "b")
    #expect(detector.classify(Own(errorCategory: .database)).rule == "b")
    #expect(detector.classify(CancellationError()).rule == "b")
  }

  @Test func `an error's own classification precedes its codes and words`() {
    let verdict = detector.classify(
      Own(
        errorCategory: .database, errorSeverity: .low, isTransient: false, retryAfter: .seconds(3),
        httpStatus: 429))
    #expect(
      verdict
        == ErrorClassification(
          category: .database, severity: .low, isTransient: false, rule: "self", retryAfter: .seconds(3)))
  }

  @Test func `codes and words decide what an error leaves open`() {
    #expect(detector.classify(Own()).rule == "text.network.refused")
    #expect(detector.classify(Own(description: "x", httpStatus: 503)).rule == "http.503")
    #expect(detector.classify(Own(description: "x", errorCode: "40P01")).rule == "sqlstate.40P01")
    #expect(detector.classify(Own(description: "quota exceeded", httpStatus: 403)).category == .rateLimit)
    let verdict = detector.classify(Own(errorSeverity: .critical, isTransient: false))
    #expect(verdict.category == .network && verdict.severity == .critical && !verdict.isTransient)
    #expect(
      detector.classify(Own(description: "retry after 7 s", errorCategory: .api, httpStatus: 503)).retryAfter
        == .seconds(7))
    #expect(detector.classify(Own(description: "x", errorCategory: .api, httpStatus: 503)).isTransient)
  }

  @Test func `known types precede words`() {
    let expected: [(any Error, ErrorCategory, Bool, String)] = [
      (POSIXError(.ECONNREFUSED), .network, true, "errno.ECONNREFUSED"),
      (POSIXError(.ETIMEDOUT), .timeout, true, "errno.ETIMEDOUT"),
      (POSIXError(.EACCES), .authentication, false, "errno.EACCES"),
      (POSIXError(.ENOSPC), .resource, false, "errno.ENOSPC"),
      (NSError(domain: NSPOSIXErrorDomain, code: 104), .network, true, "errno.ECONNRESET"),
      (
        NSError(domain: "x", code: 1, userInfo: [NSUnderlyingErrorKey: POSIXError(.EMFILE)]), .resource,
        false,
        "errno.EMFILE"
      ),
      (URLError(.timedOut), .timeout, true, "urlerror.-1001"),
      (URLError(.cannotFindHost), .network, true, "urlerror.-1003"),
      (URLError(.serverCertificateUntrusted), .network, false, "urlerror.-1202"),
      (URLError(.userAuthenticationRequired), .authentication, false, "urlerror.-1013"),
      (URLError(.badURL), .validation, false, "urlerror.-1000"),
      (CocoaError(.fileWriteOutOfSpace), .resource, false, "cocoa.640"),
      (CocoaError(.fileReadNoPermission), .authentication, false, "cocoa.257"),
      (CocoaError(.propertyListReadCorrupt), .api, false, "cocoa.3840"),
      (NSError(domain: NSCocoaErrorDomain, code: 3840), .api, false, "cocoa.3840"),
      (CocoaError(.coderReadCorrupt), .api, false, "cocoa.4864"),
      (CocoaError(.coderInvalidValue), .validation, false, "cocoa.4866"),
      (NSError(domain: NSURLErrorDomain, code: -1001), .timeout, true, "urlerror.-1001"),
      (
        DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "timed out")), .api, false,
        "type.decoding"
      ),
      (
        EncodingError.invalidValue(0, .init(codingPath: [], debugDescription: "timed out")), .validation,
        false,
        "type.encoding"
      ),
      (LedgerError(.busy, ledger: "x", problem: "timed out"), .database, true, "ledger.busy"),
      (LedgerError(.full, ledger: "x", problem: "y"), .resource, false, "ledger.full"),
      (LedgerError(.corrupt, ledger: "x", problem: "y"), .database, false, "ledger.corrupt"),
      (LedgerError(.schemaUnknown, ledger: "x", problem: "y"), .configuration, false, "ledger.schemaUnknown"),
    ]
    for (error, category, isTransient, rule) in expected {
      let verdict = detector.classify(error)
      #expect(
        verdict.category == category && verdict.isTransient == isTransient && verdict.rule == rule,
        "\(error): \(verdict)")
    }
    #expect(detector.classify(CocoaError(.fileWriteOutOfSpace)).severity == .critical)
    #expect(detector.classify(LedgerError(.full, ledger: "x", problem: "y")).severity == .critical)
  }

  /// Errors that decoders of this toolchain throw for an undecodable reply.
  private static let unreadable: [@Sendable () throws -> Void] = [
    { _ = try JSONDecoder().decode([Int].self, from: Data("<html>".utf8)) },
    { _ = try JSONDecoder().decode([Int].self, from: Data(#"["1"]"#.utf8)) },
    { _ = try JSONDecoder().decode([Int].self, from: Data()) },
    { _ = try JSONDecoder().decode([String: Int].self, from: Data(#"{"a": null}"#.utf8)) },
    { _ = try PropertyListDecoder().decode([Int].self, from: Data("{".utf8)) },
    { _ = try JSONSerialization.jsonObject(with: Data("<html>".utf8)) },
    { _ = try PropertyListSerialization.propertyList(from: Data("<plist".utf8), format: nil) },
  ]

  @Test(arguments: unreadable.indices)
  func `a reply that cannot be decoded is a failure of the dependency`(index: Int) throws {
    let error = try #require(throws: (any Error).self) { try Self.unreadable[index]() }
    let verdict = detector.classify(error)
    #expect(verdict.category == .api && !verdict.isTransient, "\(error): \(verdict)")
    #expect(verdict.shouldFallback && verdict.shouldCircuitBreak && !verdict.shouldRetry)
  }

  @Test func `an invalid option is configuration`() {
    do {
      try ComponentPolicy(retry: RetryOptions(maxAttempts: 0)).validate()
      Issue.record("no option is invalid")
    } catch {
      #expect(detector.classify(error).category == .configuration)
    }
    #expect(throws: InvalidComponentNameError.self) { _ = try ComponentName(validating: "") }
  }

  @Test func `open circuits, full bulkheads and cancellations are local`() {
    let open = detector.classify(CircuitOpenError(component: "a", retryAfter: .seconds(9), errorID: nil))
    #expect(open.isLocalRejection && !open.isTransient && open.retryAfter == .seconds(9))
    let full = detector.classify(BulkheadFullError(component: "a", limit: 3))
    #expect(full.isLocalRejection && full.category == .resource && full.shouldRetry)
    for error in [CancellationError(), URLError(.cancelled)] as [any Error] {
      let cancelled = detector.classify(error)
      #expect(cancelled.category == .unknown && cancelled.severity == .low && !cancelled.shouldRetry)
      #expect(cancelled.isLocalRejection)
    }
    for verdict in [open, full] { #expect(!verdict.shouldCircuitBreak && verdict.shouldFallback) }
  }

  @Test func `words decide when no other step has a verdict, and without words the category is unknown`() {
    #expect(detector.classify(Plain(description: "connection refused")).rule == "text.network.refused")
    let nothing = detector.classify(Plain(description: "hm"))
    #expect(nothing.category == .unknown && nothing.rule == "none" && nothing.severity == .medium)
  }

  @Test func `a context has the fields that the ledger stores`() {
    let time = VirtualTime()
    let detector = ErrorDetector(time: time, makeID: { LedgerID(rawValue: 7) })
    let context = detector.detect(
      Plain(description: "timed out, retry after 5 s"), component: "db", operation: "read", requestID: "r",
      userID: "u",
      metadata: ["k": "v"], executionID: LedgerID(rawValue: 6), attempt: 2)
    #expect(context.id == LedgerID(rawValue: 7) && context.at == time.wallClock())
    #expect(context.component == "db" && context.operation == "read" && context.attempt == 2)
    #expect(context.requestID == "r" && context.userID == "u" && context.metadata == ["k": "v"])
    #expect(context.executionID == LedgerID(rawValue: 6) && context.occurrences == 1)
    #expect(context.category == .timeout && context.classification.retryAfter == .seconds(5))
    #expect(context.type.hasSuffix("Plain") && context.message == "timed out, retry after 5 s")
    #expect(
      context.fingerprint == Fingerprint(type: context.type, message: context.message, category: .timeout))
  }

  @Test func `no text of a context contains a secret`() {
    let secret = "sk-live1234567890abcdef"
    let context = detector.detect(
      ErrorEvidence(type: "E \(secret)", message: "m \(secret)"), component: "a", operation: "op \(secret)",
      requestID: "r \(secret)", userID: "https://me:\(secret)@host",
      metadata: ["a": secret, "password": "pw"])
    #expect(!String(describing: context).contains(secret))
    #expect(context.metadata["password"] == Redactor.mark)
  }

  /// Every code that Foundation on Linux declares, besides `unknown`.
  private static let urlErrorCodes: [URLError.Code] = [
    .cancelled, .badURL, .timedOut, .unsupportedURL, .cannotFindHost, .cannotConnectToHost,
    .networkConnectionLost, .dnsLookupFailed, .httpTooManyRedirects, .resourceUnavailable,
    .notConnectedToInternet, .redirectToNonExistentLocation, .badServerResponse,
    .userCancelledAuthentication, .userAuthenticationRequired, .zeroByteResource, .cannotDecodeRawData,
    .cannotDecodeContentData, .cannotParseResponse, .fileDoesNotExist, .fileIsDirectory,
    .noPermissionsToReadFile, .secureConnectionFailed, .serverCertificateHasBadDate,
    .serverCertificateUntrusted, .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid,
    .clientCertificateRejected, .clientCertificateRequired, .cannotLoadFromNetwork, .cannotCreateFile,
    .cannotOpenFile, .cannotCloseFile, .cannotWriteToFile, .cannotRemoveFile, .cannotMoveFile,
    .downloadDecodingFailedMidStream, .downloadDecodingFailedToComplete, .internationalRoamingOff,
    .callIsActive, .dataNotAllowed, .requestBodyStreamExhausted, .dataLengthExceedsMaximum,
  ]

  @Test(arguments: urlErrorCodes) func `each code of URLError has a verdict, also as an NSError`(
    code: URLError.Code
  ) {
    let typed = ErrorDetector().classify(URLError(code))
    #expect(typed.rule == "urlerror.\(code.rawValue)")
    #expect(ErrorDetector().classify(NSError(domain: "NSURLErrorDomain", code: code.rawValue)) == typed)
  }

  /// A client's error under the domain of `URLError`, whose codes are its own.
  private struct FetchError: CustomNSError, LocalizedError {
    static var errorDomain: String { "NSURLErrorDomain" }
    var errorCode: Int
    var cause: (any Error)?
    var errorUserInfo: [String: Any] { cause.map { [NSUnderlyingErrorKey: $0] } ?? [:] }
    var errorDescription: String? { "could not fetch the order: connection refused" }
  }

  @Test(arguments: [-1001, -1012, -999, 0, 7]) func `another type under the domain of URLError keeps its own`(
    code: Int
  ) {
    let plain = detector.detect(FetchError(errorCode: code), component: "a", operation: "b")
    #expect(plain.message == "could not fetch the order: connection refused")
    #expect(plain.category == .network)
    #expect(!detector.classify(FetchError(errorCode: code)).rule.hasPrefix("urlerror"))
    let wrapping = detector.detect(
      FetchError(errorCode: code, cause: POSIXError(.EMFILE)), component: "a", operation: "b")
    #expect(wrapping.message == "could not fetch the order: connection refused")
    #expect(wrapping.category == .resource)
  }
}
