/// A fault that errors name in words, and the verdict on it.
///
/// A phrase matches where its words stand side by side, whole and in any case. `a|b` stands for either word, `a|b?`
/// for either or none, `*` for none to four words of any kind, `!a|b` for what does not go on with one of them, `+` for
/// no space between: `relation * does not exist`, `read timeout !error|exception`, `type + error` (`TypeError`). The phrases of all rules are hashed once.
struct TextRule: Sendable {
  /// What is decided. Its rule, `text.` category `.` name, is stored with each error.
  let verdict: ErrorClassification
  /// How strongly the phrases speak for the verdict; the heaviest match decides.
  ///
  /// | weight | meaning |
  /// | --- | --- |
  /// | 90… | names the root cause beyond doubt |
  /// | 80… | names the fault |
  /// | 70… | names the fault unless a deeper cause is named |
  /// | 60… | suggests it |
  /// | 40… | what a bare HTTP status says |
  /// | …39 | a hint that holds when nothing else is known |
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

  /// The ways to say that something did not work: `failed to connect`, `could not connect`, `can't connect`.
  static func cannot(_ verbs: String) -> [String] {
    ["failed|unable|impossible to \(verbs)", "not|cannot|can't|couldn't|unable \(verbs)"]
  }

  /// The whole table. Between equal weights the first match in the text stands.
  static let all: [TextRule] =
    network + timeout + rateLimit + authentication + resource + database + configuration + validation + api
    + programming + GRPCStatusRules.textRules + POSIXErrorRules.textRules
}
