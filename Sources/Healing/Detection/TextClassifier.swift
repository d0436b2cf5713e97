/// Classifies by words: of the phrases of ``TextRule/all`` and the codes that stand among the words, the heaviest
/// one decides. An error's type is a weaker witness than what it says: wrappers are named after the layer that
/// gave up, messages after the cause.
final class TextClassifier: Sendable {
  static let shared = TextClassifier(rules: TextRule.all)

  /// Verdicts look at this many bytes of a text.
  static let longestText = 8_192
  /// By how much a type's words weigh less than a message's.
  static let typeDiscount = 6

  private static let cancelled = ["canceled", "cancelled"].map { WordScan.hash(of: $0) }

  private let verdicts: [ErrorClassification]
  private let weights: [Int]
  private let index: PhraseIndex

  init(rules: [TextRule]) {
    // Heaviest first: of a phrase that stands in two rules the heavier one is kept.
    let rules = rules.sorted { $0.weight > $1.weight }
    verdicts = rules.map(\.verdict)
    weights = rules.map(\.weight)
    index = PhraseIndex(
      rules.enumerated().flatMap { position, rule in rule.phrases.map { ($0, position) } })
  }

  func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    var witness = Witness(weight: 0, verdict: ErrorClassification(category: .unknown, rule: "none"))
    if let code = evidence.code {
      witness.hear(CodeRules.classify(code))
      hear(code, discount: 0, into: &witness)
    }
    hear(evidence.type, discount: Self.typeDiscount, into: &witness)
    let retryAfter = hear(evidence.message, discount: 0, into: &witness)
    witness.verdict.retryAfter = retryAfter
    return witness.verdict
  }

  /// Asks every word of a text. Returns the wait that the text names.
  @discardableResult
  private func hear(_ text: String, discount: Int, into witness: inout Witness) -> Duration? {
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
      if best >= 0 { witness = Witness(weight: weight, verdict: verdicts[best]) }
      // `Canceled` alone is what OkHttp, axios and URLSession say.
      if words.count == 1 && Self.cancelled.contains(words[0].hash) {
        witness.hear(Witness(weight: 74, verdict: .cancellation(rule: "text.unknown.cancelled")))
      }
      for start in words.indices { witness.hear(CodeRules.classify(wordAt: start, of: words, in: bytes)) }
      return RetryAfterText.find(in: words, bytes)
    }
  }
}
