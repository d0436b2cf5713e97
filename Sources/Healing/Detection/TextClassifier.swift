/// Classifies by words and codes: of the matching phrases of ``TextRule/all`` and the codes among the words, the
/// heaviest decides. The words of an error's type weigh less than those of its message: a wrapper's type names the
/// layer that failed, its message the cause.
final class TextClassifier: Sendable {
  static let shared = TextClassifier(rules: TextRule.all)

  /// Number of bytes of a text that are read.
  static let longestText = 8_192
  /// Weight subtracted from the words of a type.
  static let typeDiscount = 6

  private static let cancelled = ["canceled", "cancelled"].map { WordScan.hash(of: $0) }

  private let verdicts: [ErrorClassification]
  private let weights: [Int]
  private let index: PhraseIndex

  init(rules: [TextRule]) {
    // Heaviest first: if two rules have the same phrase, the heavier rule applies.
    let rules = rules.sorted { $0.weight > $1.weight }
    verdicts = rules.map(\.verdict)
    weights = rules.map(\.weight)
    index = PhraseIndex(
      rules.enumerated().flatMap { position, rule in rule.phrases.map { ($0, position) } })
  }

  func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    var witness = Candidate(weight: 0, verdict: ErrorClassification(category: .unknown, rule: "none"))
    if let code = evidence.code {
      witness.consider(CodeRules.classify(code))
      consider(code, discount: 0, into: &witness)
    }
    consider(evidence.type, discount: Self.typeDiscount, into: &witness)
    let retryAfter = consider(evidence.message, discount: 0, into: &witness)
    witness.verdict.retryAfter = retryAfter
    return witness.verdict
  }

  /// Offers all matches in a text to `witness`. Returns the wait that the text asks for.
  @discardableResult
  private func consider(_ text: String, discount: Int, into witness: inout Candidate) -> Duration? {
    guard !text.isEmpty else { return nil }
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeBufferPointer(rebasing: bytes.prefix(Self.longestText))
      let words = WordScan.words(in: bytes)
      var weight = witness.weight
      var best = -1
      for start in words.indices {
        index.forEachMatch(in: words, at: start) { position in
          if weights[position] - discount > weight {
            weight = weights[position] - discount
            best = position
          }
        }
      }
      if best >= 0 { witness = Candidate(weight: weight, verdict: verdicts[best]) }
      // OkHttp, axios and URLSession report cancellations as `Canceled` alone.
      if words.count == 1 && Self.cancelled.contains(words[0].hash) {
        witness.consider(Candidate(weight: 74, verdict: .cancellation(rule: "text.unknown.cancelled")))
      }
      for start in words.indices { witness.consider(CodeRules.classify(wordAt: start, of: words, in: bytes)) }
      return RetryAfterText.find(in: words, bytes)
    }
  }
}
