/// Detects and classifies errors.
///
/// Evidence is asked in this order, and the first verdict stands: the user's own classifiers; the error
/// itself (``SelfClassifyingError``); its type where it is a known one; the same of the errors that it wraps; the
/// code that came with it; the words of its type and message. The rule that decided is kept in the verdict.
public struct ErrorDetector: Sendable {
  /// Without classifiers of the user's.
  static let standard = ErrorDetector()

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
    let traits = ErrorTraits.of(error)
    let evidence = Self.evidence(of: error, traits)
    return ErrorContext(
      id: makeID(), at: time.wallClock(), component: component, operation: operation,
      executionID: executionID, attempt: attempt, classification: classify(error, traits, evidence),
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
    let traits = ErrorTraits.of(error)
    return classify(error, traits, Self.evidence(of: error, traits))
  }

  /// The verdict on an error that is known as text only.
  public func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    TextClassifier.shared.classify(evidence)
  }

  private func classify(
    _ error: any Error, _ traits: ErrorTraits, _ evidence: ErrorEvidence
  ) -> ErrorClassification {
    var unseen = WrappedErrors.limit
    if let verdict = verdict(on: error, traits, evidence, depth: 0, &unseen) { return verdict }
    return verdict(onWrappedIn: error, traits, depth: 0, &unseen) ?? classify(evidence)
  }

  /// The verdict of the user, of the error itself, or by its type; `nil` when none of them has one.
  /// - Parameters:
  ///   - evidence: of the error, where it is known already.
  ///   - depth: how many errors the error is wrapped in.
  ///   - unseen: how many wrapped errors may still be looked at.
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

  /// The verdict on the errors that another one wraps, by all but their words: that on the first failure among them.
  /// A rejection or a cancellation decides only when there is nothing else, because what runs beside a failed
  /// operation is cancelled.
  private func verdict(
    onWrappedIn error: any Error, _ traits: ErrorTraits, depth: Int, _ unseen: inout Int
  ) -> ErrorClassification? {
    guard traits.canHoldErrors && depth < WrappedErrors.depth else { return nil }
    var local: ErrorClassification?
    var isUnclear = false
    for error in WrappedErrors.inside(error) {
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

  /// The verdict on an error whose type's name or words say that a limit of time was reached. The limit has cancelled what
  /// the error wraps then, and no caller has.
  private static func timeout(saidBy error: any Error, _ traits: ErrorTraits) -> ErrorClassification? {
    let name = String(traits.name.prefix { $0 != "<" }.split(separator: ".").last ?? "")
    let byName = TextClassifier.shared.classify(ErrorEvidence(type: name, message: ""))
    if byName.category == .timeout { return byName }
    let byWords = TextClassifier.shared.classify(evidence(of: error, traits))
    // That a property is named so says nothing.
    let isSaid = !["text.timeout.type", "text.timeout.hint"].contains(byWords.rule)
    return byWords.category == .timeout && isSaid ? byWords : nil
  }

  /// What the error says of itself; what it leaves open is found by its code, by what it wraps and by its words.
  /// - Parameter wrapped: the verdict on what it wraps.
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
    // Whatever the category: whether the call was made at all, and whether the caller gave up, is said by the code and by
    // what is wrapped. But a limit of time cancels what it bounds, and then no caller has given up.
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
  /// Whether it says anything of itself.
  fileprivate var saysSomething: Bool {
    errorCategory != nil || errorSeverity != nil || isTransient != nil || retryAfter != nil
      || errorCode != nil || httpStatus != nil
  }
}
