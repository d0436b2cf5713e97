/// Classifies by words: of the phrases of ``TextRule/all`` and the codes that stand among the words, the heaviest
/// one decides. An error's type is a weaker witness than what it says: wrappers are named after the layer that
/// gave up, messages after the cause.
struct TextClassifier: Sendable {
  static let shared = TextClassifier(rules: TextRule.all)

  /// Verdicts look at this many bytes of a text.
  static let longestText = 8_192
  /// By how much a type's words weigh less than a message's.
  static let typeDiscount = 10

  private let rules: [TextRule]
  private let index: PhraseIndex

  init(rules: [TextRule]) {
    self.rules = rules
    var index = PhraseIndex()
    for (position, rule) in rules.enumerated() {
      for phrase in rule.phrases { index.add(phrase, value: position) }
    }
    self.index = index
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
      for start in words.indices {
        index.forEachMatch(in: words, at: start) { position in
          let rule = rules[position]
          if rule.weight - discount > witness.weight {
            witness = Witness(weight: rule.weight - discount, verdict: rule.verdict)
          }
        }
        witness.hear(CodeRules.classify(wordAt: start, of: words, in: bytes))
      }
      return RetryAfterText.find(in: words, bytes)
    }
  }
}
