/// Verdicts by SQLSTATE (SQL standard classes and PostgreSQL's appendix A). Five characters.
enum SQLStateRules {
  static func classify(_ code: some StringProtocol) -> ErrorClassification? {
    guard code.utf8.count == 5, code.utf8.allSatisfy(isCodeByte) else { return nil }
    let rule = "sqlstate.\(code)"
    switch String(code) {
    case "57014": return ErrorClassification(category: .timeout, rule: rule)
    case "28000", "28P01", "42501": return ErrorClassification(category: .authentication, rule: rule)
    case "40001", "40P01", "55P03", "55006", "53300", "53400", "57P01", "57P02", "57P03", "HY000":
      return ErrorClassification(category: .database, isTransient: code != "HY000", rule: rule)
    case "HYT00", "HYT01": return ErrorClassification(category: .timeout, rule: rule)
    case "53100", "53200": return ErrorClassification(category: .database, isTransient: false, rule: rule)
    default: break
    }
    switch String(code.prefix(2)) {
    case "08": return ErrorClassification(category: .database, isTransient: true, rule: rule)
    case "F0": return ErrorClassification(category: .configuration, rule: rule)
    case "00", "01", "02": return nil
    default: return ErrorClassification(category: .database, isTransient: false, rule: rule)
    }
  }

  private static func isCodeByte(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
      || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
  }
}
