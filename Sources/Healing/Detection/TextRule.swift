/// A phrase that speaks for a category when its words stand side by side in an error's type or message.
struct TextRule: Sendable {
  let id: String
  let phrase: String
  let category: ErrorCategory
  let isTransient: Bool
  let severity: ErrorSeverity?
  let weight: Int

  var verdict: ErrorClassification {
    ErrorClassification(category: category, severity: severity, isTransient: isTransient, rule: id)
  }
}
