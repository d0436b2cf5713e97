/// Verdicts by SQLSTATE (SQL standard classes and PostgreSQL's appendix A). Five characters.
enum SQLStateRules {
  /// - Parameter isNamed: whether the context marks the code as a SQLSTATE. A bare word of a message must contain
  ///   both letters and digits: `42P01` is a SQLSTATE, the port `42000` is not.
  static func classify(_ code: some StringProtocol, isNamed: Bool = true) -> Candidate? {
    guard code.utf8.count == 5, code.utf8.allSatisfy({ $0.isASCIIDigit || $0.isUppercaseLetter }) else {
      return nil
    }
    let code = String(code)
    if !isNamed {
      let isMixed = code.utf8.contains { $0.isASCIIDigit } && code.utf8.contains { $0.isUppercaseLetter }
      guard isMixed else { return nil }
    }
    guard classes.contains(code.prefix(2)) else { return nil }
    // These classes use only the state without a subclass; other numbers are codes of a service.
    let isNumber = code.utf8.allSatisfy(\.isASCIIDigit)
    guard !isNumber || !classesWithoutSubclass.contains(code.prefix(2)) || code.hasSuffix("000") else {
      return nil
    }
    return verdict(code).map { Candidate(weight: code == "HY000" ? 30 : 76, verdict: $0) }
  }

  private static func verdict(_ code: String) -> ErrorClassification? {
    func says(_ category: ErrorCategory, _ severity: ErrorSeverity? = nil, transient: Bool? = nil)
      -> ErrorClassification
    {
      ErrorClassification(
        category: category, severity: severity, isTransient: transient, rule: "sqlstate.\(code)")
    }
    switch code {
    case "57014", "HYT00", "HYT01", "25P03": return says(.timeout)
    case "28000", "28P01", "42501": return says(.authentication)
    case "40001", "40P01", "55P03", "55006", "53300", "53400", "57P01", "57P02", "57P03":
      return says(.database, transient: true)
    case "53100", "53200", "XX001", "XX002": return says(.database, .critical)
    default: break
    }
    switch code.prefix(2) {
    case "08": return says(.database, transient: true)
    case "F0": return says(.configuration)
    default: return says(.database)
    }
  }

  private static let classesWithoutSubclass: Set<Substring> = ["21", "24", "28", "34", "44"]

  private static let classes: Set<Substring> = [
    "08", "0A", "21", "22", "23", "24", "25", "28", "34", "3D", "3F", "40", "42", "44", "53", "54", "55",
    "57",
    "58", "F0", "HV", "HY", "P0", "XX",
  ]
}
