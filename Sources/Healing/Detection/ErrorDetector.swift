/// Detects and classifies errors.
///
/// Evidence is asked in this order, and the first verdict stands: the user's own classifiers; the error
/// itself (``SelfClassifyingError``); its type where it is a known one; the code that came with it; the
/// words of its type and message. The rule that decided is kept in the verdict.
public struct ErrorDetector: Sendable {
  private let classifiers: [any ErrorClassifier]
  private let time: any TimeSource
  private let makeID: @Sendable () -> LedgerID

  /// - Parameters:
  ///   - classifiers: the user's own, asked first, in order.
  ///   - time: where `at` comes from.
  ///   - makeID: where ids come from; a ledger's own generator when the contexts are to be stored.
  public init(
    classifiers: [any ErrorClassifier] = [], time: any TimeSource = SystemTimeSource(),
    makeID: (@Sendable () -> LedgerID)? = nil
  ) {
    self.classifiers = classifiers
    self.time = time
    if let makeID {
      self.makeID = makeID
    } else {
      let ids = LedgerIDGenerator(node: 0, time: time)
      self.makeID = { ids.next() }
    }
  }

  /// Classifies an error and describes it as the ledger stores it.
  public func detect(
    _ error: any Error, component: ComponentName, operation: String, requestID: String? = nil,
    userID: String? = nil, metadata: [String: String] = [:], executionID: LedgerID? = nil, attempt: Int = 1
  ) -> ErrorContext {
    let evidence = Self.evidence(of: error)
    return ErrorContext(
      id: makeID(), at: time.wallClock(), component: component, operation: operation,
      executionID: executionID, attempt: attempt, classification: classify(error, evidence: evidence),
      type: evidence.type, message: evidence.message, requestID: requestID, userID: userID,
      metadata: metadata)
  }

  /// Describes an error that was reported as text.
  public func detect(
    _ evidence: ErrorEvidence, component: ComponentName, operation: String, requestID: String? = nil,
    userID: String? = nil, metadata: [String: String] = [:]
  ) -> ErrorContext {
    ErrorContext(
      id: makeID(), at: time.wallClock(), component: component, operation: operation,
      classification: classify(evidence), type: evidence.type, message: evidence.message,
      requestID: requestID, userID: userID, metadata: metadata)
  }

  /// The verdict on an error.
  public func classify(_ error: any Error) -> ErrorClassification {
    classify(error, evidence: Self.evidence(of: error))
  }

  /// The verdict on an error that is known as text only.
  public func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    TextClassifier.shared.classify(evidence)
  }

  private func classify(_ error: any Error, evidence: ErrorEvidence) -> ErrorClassification {
    for classifier in classifiers {
      if let verdict = classifier.classify(error) { return verdict }
    }
    if let error = error as? any SelfClassifyingError, let verdict = Self.verdict(of: error, evidence) {
      return verdict
    }
    return KnownErrorTypes.classify(error) ?? classify(evidence)
  }

  /// What the error says of itself; what it leaves open is found by its codes and its words. `nil` when it says
  /// nothing.
  private static func verdict(
    of error: any SelfClassifyingError, _ evidence: ErrorEvidence
  ) -> ErrorClassification? {
    var evidence = evidence
    evidence.code = error.errorCode ?? error.httpStatus.map { String($0) }
    let saysNothing =
      error.errorCategory == nil && error.errorSeverity == nil && error.isTransient == nil
      && error.retryAfter == nil && evidence.code == nil
    guard !saysNothing else { return nil }
    let found = TextClassifier.shared.classify(evidence)
    guard let category = error.errorCategory else {
      var verdict = found
      verdict.isTransient = error.isTransient ?? verdict.isTransient
      verdict.severity = error.errorSeverity ?? verdict.severity
      verdict.retryAfter = error.retryAfter ?? verdict.retryAfter
      return verdict
    }
    return ErrorClassification(
      category: category, severity: error.errorSeverity,
      isTransient: error.isTransient ?? (found.category == category ? found.isTransient : nil), rule: "self",
      retryAfter: error.retryAfter ?? found.retryAfter)
  }

  private static func evidence(of error: any Error) -> ErrorEvidence {
    ErrorEvidence(
      type: _typeName(type(of: error), qualified: true), message: KnownErrorTypes.message(of: error),
      code: nil)
  }
}
