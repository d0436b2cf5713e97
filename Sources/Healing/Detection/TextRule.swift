/// Phrases that name a fault, and the verdict on it.
///
/// A phrase matches adjacent whole words, ignoring case. In a phrase, `a|b` is either word, `a|b?` either or
/// neither, `*` zero to four arbitrary words, `!a|b` a place where neither word follows, and `+` the absence of a
/// space: `relation * does not exist`, `read timeout !error|exception`, `type + error` (`TypeError`). The phrases
/// of all rules are hashed once.
struct TextRule: Sendable {
  /// The verdict. Its rule, `text.` category `.` name, is stored with each error.
  let verdict: ErrorClassification
  /// Weight of the phrases as evidence for the verdict; the heaviest match decides.
  ///
  /// | weight | meaning |
  /// | --- | --- |
  /// | 90… | names the root cause with certainty |
  /// | 80… | names the fault |
  /// | 70… | names the fault unless a deeper cause is named |
  /// | 60… | suggests it |
  /// | 40… | meaning of a bare HTTP status |
  /// | …39 | a hint, used when nothing else matches |
  let weight: Int
  let phrases: [String]

  init(
    _ name: String, _ category: ErrorCategory, _ weight: Int, transient: Bool? = nil,
    severity: ErrorSeverity? = nil, isCancellation: Bool = false, _ phrases: [String]
  ) {
    self.init(
      verdict: ErrorClassification(
        category: category, severity: severity, isTransient: transient,
        rule: "text.\(category.rawValue).\(name)", isCancellation: isCancellation),
      weight: weight, phrases: phrases)
  }

  init(verdict: ErrorClassification, weight: Int, phrases: [String]) {
    self.verdict = verdict
    self.weight = weight
    self.phrases = phrases
  }

  /// Phrases that report failure of an action: `failed to connect`, `could not connect`, `can't connect`.
  static func cannot(_ verbs: String) -> [String] {
    ["failed|unable|impossible to \(verbs)", "not|cannot|can't|couldn't|unable \(verbs)"]
  }

  /// All rules. Of matches with equal weights, the first in the text decides.
  static let all: [TextRule] =
    network + timeout + rateLimit + authentication + resource + database + configuration + validation + api
    + programming + GRPCStatusRules.textRules + POSIXErrorRules.textRules
}
