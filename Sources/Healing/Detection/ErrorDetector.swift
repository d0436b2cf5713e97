/// Detects and classifies errors.
///
/// The first verdict applies, in this order of evidence: the user's classifiers; the error itself
/// (``SelfClassifyingError``); its type if known; the same for the errors that it wraps; the codes and words of its
/// type, code and message, of which the heaviest rule decides. The verdict contains the rule that decided.
public struct ErrorDetector: Sendable {
  /// A detector without custom classifiers.
  static let standard = ErrorDetector()

  private let classifiers: [any ErrorClassifier]
  private let time: any TimeSource
  private let makeID: @Sendable () -> LedgerID

  /// - Parameters:
  ///   - classifiers: the user's classifiers, called first, in order.
  ///   - time: source of the time `at`.
  ///   - makeID: generator of ids; use the ledger's generator when the contexts are to be stored.
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

  /// Classifies an error and returns the context that the ledger stores.
  public func detect(
    _ error: any Error, component: ComponentName, operation: String, requestID: String? = nil,
    userID: String? = nil, metadata: [String: String] = [:], executionID: LedgerID? = nil, attempt: Int = 1
  ) -> ErrorContext {
    detect(
      error, component: component,
      RecordedCall(operation: operation, requestID: requestID, userID: userID, metadata: metadata),
      executionID: executionID, attempt: attempt)
  }

  /// Classifies an error of a call whose texts are redacted.
  func detect(
    _ error: any Error, component: ComponentName, _ call: RecordedCall, executionID: LedgerID?, attempt: Int
  ) -> ErrorContext {
    ErrorContext(
      id: makeID(), at: time.wallClock(), component: component, call, executionID: executionID,
      attempt: attempt, detected(error))
  }

  /// Classifies an error that was reported as text and returns the context that the ledger stores.
  public func detect(
    _ evidence: ErrorEvidence, component: ComponentName, operation: String, requestID: String? = nil,
    userID: String? = nil, metadata: [String: String] = [:]
  ) -> ErrorContext {
    ErrorContext(
      id: makeID(), at: time.wallClock(), component: component, operation: operation,
      classification: classify(evidence), type: evidence.type, message: evidence.message,
      requestID: requestID, userID: userID, metadata: metadata)
  }

  /// Returns the verdict on an error.
  public func classify(_ error: any Error) -> ErrorClassification {
    let traits = ErrorTraits.of(error)
    var unseen = WrappedErrors.limit
    if let verdict = verdict(on: error, traits, depth: 0, &unseen) { return verdict }
    let evidence = Self.evidence(of: error, traits)
    let inside = WrappedErrors.inside(error)
    if hasOnlyWords(traits) && inside.isEmpty,
      let known = DetectionMemo.shared.error(ObjectIdentifier(type(of: error)), message: evidence.message)
    {
      return known.classification
    }
    return verdict(onWrapped: inside, in: error, traits, depth: 0, &unseen) ?? classify(evidence)
  }

  /// Returns the verdict on an error that is known only as text.
  public func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    TextClassifier.shared.classify(evidence)
  }

  /// Classifies an error, and redacts its texts.
  private func detected(_ error: any Error) -> DetectedError {
    let traits = ErrorTraits.of(error)
    let evidence = Self.evidence(of: error, traits)
    guard hasOnlyWords(traits) else {
      var unseen = WrappedErrors.limit
      let verdict =
        verdict(on: error, traits, evidence, depth: 0, &unseen)
        ?? verdict(onWrapped: WrappedErrors.inside(error), in: error, traits, depth: 0, &unseen)
      return DetectedError(
        verdict ?? classify(evidence), type: evidence.type, message: evidence.message)
    }
    let inside = WrappedErrors.inside(error)
    let type = ObjectIdentifier(type(of: error))
    if inside.isEmpty, let known = DetectionMemo.shared.error(type, message: evidence.message) {
      return known
    }
    var unseen = WrappedErrors.limit
    let verdict = verdict(onWrapped: inside, in: error, traits, depth: 0, &unseen)
    let detected = DetectedError(
      verdict ?? classify(evidence), type: evidence.type, message: evidence.message)
    if inside.isEmpty { DetectionMemo.shared.keep(detected, type, message: evidence.message) }
    return detected
  }

  /// Whether an error has no verdict but by its words and by the errors that it wraps.
  private func hasOnlyWords(_ traits: ErrorTraits) -> Bool { classifiers.isEmpty && traits.isDecidedByWords }

  /// Returns the verdict of the user's classifiers, of the error itself or of its type; `nil` without any.
  /// - Parameters:
  ///   - evidence: the error's evidence, if already known.
  ///   - depth: number of errors that wrap this one.
  ///   - unseen: number of wrapped errors that may still be examined.
  private func verdict(
    on error: any Error, _ traits: ErrorTraits, _ evidence: ErrorEvidence? = nil, depth: Int,
    _ unseen: inout Int
  ) -> ErrorClassification? {
    for classifier in classifiers {
      if let verdict = classifier.classify(error) { return verdict }
    }
    if traits.isSelfClassifying, let own = error as? any SelfClassifyingError, own.saysSomething {
      let wrapped = verdict(onWrappedIn: error, traits, depth: depth, &unseen)
      return Self.verdict(of: own, evidence ?? Self.evidence(of: error, traits), wrapped)
    }
    return KnownErrorTypes.classify(error, traits)
  }

  /// Returns the verdict on the errors that another error wraps, without considering their words: the verdict on
  /// the first failure among them. A rejection or a cancellation decides only if there is no failure, because
  /// operations running beside a failed one are cancelled.
  private func verdict(
    onWrappedIn error: any Error, _ traits: ErrorTraits, depth: Int, _ unseen: inout Int
  ) -> ErrorClassification? {
    guard traits.canHoldErrors && depth < WrappedErrors.depth else { return nil }
    return verdict(onWrapped: WrappedErrors.inside(error), in: error, traits, depth: depth, &unseen)
  }

  private func verdict(
    onWrapped inside: [any Error], in error: any Error, _ traits: ErrorTraits, depth: Int,
    _ unseen: inout Int
  ) -> ErrorClassification? {
    var local: ErrorClassification?
    var isUnclear = false
    for error in inside {
      guard unseen > 0 else { break }
      unseen -= 1
      let traits = ErrorTraits.of(error)
      let verdict =
        verdict(on: error, traits, depth: depth + 1, &unseen)
        ?? verdict(onWrappedIn: error, traits, depth: depth + 1, &unseen)
      guard let verdict else {
        isUnclear = true
        continue
      }
      if !verdict.isLocalRejection { return verdict }
      if local.map({ $0.isCancellation && !verdict.isCancellation }) ?? true { local = verdict }
    }
    guard local?.isCancellation == true else { return local }
    return isUnclear ? nil : Self.timeout(saidBy: error, traits) ?? local
  }

  /// Returns the timeout verdict on an error whose type name or words report an expired time limit; `nil` for other
  /// errors. The limit, not the caller, then cancelled the wrapped operation.
  private static func timeout(saidBy error: any Error, _ traits: ErrorTraits) -> ErrorClassification? {
    let name = String(traits.name.prefix { $0 != "<" }.split(separator: ".").last ?? "")
    let byName = TextClassifier.shared.classify(ErrorEvidence(type: name, message: ""))
    if byName.category == .timeout { return byName }
    let byWords = TextClassifier.shared.classify(evidence(of: error, traits))
    // A property of that name is no evidence.
    let isSaid = !["text.timeout.type", "text.timeout.hint"].contains(byWords.rule)
    return byWords.category == .timeout && isSaid ? byWords : nil
  }

  /// Returns the error's own verdict. What the error leaves open is decided by its code, by the wrapped errors and
  /// by its words.
  /// - Parameter wrapped: verdict on the wrapped errors.
  private static func verdict(
    of error: any SelfClassifyingError, _ evidence: ErrorEvidence, _ wrapped: ErrorClassification?
  ) -> ErrorClassification {
    var evidence = evidence
    evidence.code = error.errorCode ?? error.httpStatus.map { String($0) }
    let code = evidence.code.flatMap { CodeRules.classify($0)?.verdict }
    let words = TextClassifier.shared.classify(evidence)
    let found = code == nil ? wrapped ?? words : words
    var verdict = found
    if let category = error.errorCategory {
      verdict = ErrorClassification(
        category: category, severity: error.errorSeverity,
        isTransient: error.isTransient ?? (found.category == category ? found.isTransient : nil),
        rule: "self",
        retryAfter: found.retryAfter)
    }
    verdict.isTransient = error.isTransient ?? verdict.isTransient
    verdict.severity = error.errorSeverity ?? verdict.severity
    verdict.retryAfter = error.retryAfter ?? verdict.retryAfter
    // For every category, the code and the wrapped errors decide whether the call was rejected and whether the
    // caller cancelled it. Exception: a time limit cancels the operation that it bounds, so a timeout is not a
    // cancellation by the caller.
    let isCancelled = code?.isCancellation == true || wrapped?.isCancellation == true
    let isRejected = wrapped.map { $0.isLocalRejection && !$0.isCancellation } ?? false
    verdict.isCancellation = verdict.isCancellation || isCancelled && verdict.category != .timeout
    verdict.isLocalRejection = verdict.isLocalRejection || isRejected || verdict.isCancellation
    return verdict
  }

  private static func evidence(of error: any Error, _ traits: ErrorTraits) -> ErrorEvidence {
    ErrorEvidence(type: traits.name, message: KnownErrorTypes.message(of: error, traits), code: nil)
  }
}

extension SelfClassifyingError {
  /// Whether the error provides a part of the verdict.
  fileprivate var saysSomething: Bool {
    errorCategory != nil || errorSeverity != nil || isTransient != nil || retryAfter != nil
      || errorCode != nil || httpStatus != nil
  }
}
