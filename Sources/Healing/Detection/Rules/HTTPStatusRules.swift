/// Verdicts by HTTP status (RFC 9110). Transient are 408, 420, 423, 425, 429 and 5xx other than 501, 505, 507 and
/// 511.
enum HTTPStatusRules {
  static func classify(_ status: Int) -> ErrorClassification? { witness(status)?.verdict }

  /// Returns the weighted verdict. A status that names the fault weighs more than one that only blames the client
  /// or the server.
  static func witness(_ status: Int) -> Candidate? {
    func says(_ category: ErrorCategory, transient: Bool? = nil, _ weight: Int) -> Candidate {
      Candidate(
        weight: weight,
        verdict: ErrorClassification(category: category, isTransient: transient, rule: "http.\(status)"))
    }
    return switch status {
    case 400: says(.validation, 44)
    case 406, 411...417, 422, 431: says(.validation, 77)
    case 401, 407, 511: says(.authentication, 75)
    case 403: says(.authentication, 69)
    case 408, 504, 524: says(.timeout, 72)
    case 423, 425: says(.api, transient: true, 60)
    case 420, 429: says(.rateLimit, 82)
    case 507: says(.resource, 66)
    case 501, 505: says(.api, transient: false, 60)
    case 402: says(.rateLimit, transient: false, 50)
    // nginx: "client closed request".
    case 499: Candidate(weight: 74, verdict: .cancellation(rule: "http.499"))
    case 404: says(.api, transient: false, 69)
    case 300...308, 400..<500: says(.api, transient: false, 50)
    case 500..<600: says(.api, transient: true, 46)
    default: nil
    }
  }
}
