/// Classifies by words: looks for the phrases of ``TextRule/all`` among the whole words of type and message,
/// adds what the code says, and takes the category with the most weight.
struct TextClassifier: Sendable {
  static let shared = TextClassifier(rules: TextRule.all)

  private let rules: [TextRule]
  /// Rules by the hash of their first word.
  private let byFirstWord: [UInt64: [Int]]
  private let ruleWords: [[UInt64]]

  init(rules: [TextRule]) {
    self.rules = rules
    ruleWords = rules.map { WordScan.hashes(of: $0.phrase) }
    var index: [UInt64: [Int]] = [:]
    for (position, words) in ruleWords.enumerated() {
      if let first = words.first { index[first, default: []].append(position) }
    }
    byFirstWord = index
  }

  func classify(_ evidence: ErrorEvidence) -> ErrorClassification {
    var best: (weight: Int, verdict: ErrorClassification)?
    func weigh(_ weight: Int, _ verdict: @autoclosure () -> ErrorClassification) {
      if best == nil || weight > (best?.weight ?? 0) { best = (weight, verdict()) }
    }
    for word in [evidence.type, evidence.message] where !word.isEmpty {
      forEachMatch(in: word) { rule in
        weigh(rule.weight, rule.verdict)
      }
    }
    if let code = evidence.code, let (weight, verdict) = CodeRules.classify(code, evidence) {
      weigh(weight, verdict)
    }
    guard var verdict = best?.verdict else {
      return ErrorClassification(category: .unknown, rule: "none")
    }
    verdict.retryAfter = RetryAfterText.find(in: evidence.message)
    return verdict
  }

  private func forEachMatch(in text: String, _ body: (TextRule) -> Void) {
    let words = WordScan.hashes(of: text)
    for start in words.indices {
      guard let candidates = byFirstWord[words[start]] else { continue }
      for candidate in candidates {
        let phrase = ruleWords[candidate]
        if phrase.count == 1 || words[start...].starts(with: phrase) { body(rules[candidate]) }
      }
    }
  }
}
