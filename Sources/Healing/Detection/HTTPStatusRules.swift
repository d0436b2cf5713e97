/// Verdicts by HTTP status (RFC 9110; 408, 425, 429 and 5xx are worth a repetition).
enum HTTPStatusRules {
  static func classify(_ status: Int) -> ErrorClassification? {
    let rule = "http.\(status)"
    switch status {
    case 400, 406, 411, 412, 413, 414, 415, 416, 417, 422, 431:
      return ErrorClassification(category: .validation, rule: rule)
    case 401, 403, 407, 511:
      return ErrorClassification(category: .authentication, rule: rule)
    case 408, 504, 524:
      return ErrorClassification(category: .timeout, rule: rule)
    case 425, 423:
      return ErrorClassification(category: .api, isTransient: true, rule: rule)
    case 429:
      return ErrorClassification(category: .rateLimit, rule: rule)
    case 507:
      return ErrorClassification(category: .resource, rule: rule)
    case 501, 505:
      return ErrorClassification(category: .api, isTransient: false, rule: rule)
    case 402, 404, 405, 409, 410, 418, 421, 424, 426, 428, 451, 300..<400:
      return ErrorClassification(category: .api, isTransient: false, rule: rule)
    case 500..<600:
      return ErrorClassification(category: .api, isTransient: true, rule: rule)
    case 400..<500:
      return ErrorClassification(category: .api, isTransient: false, rule: rule)
    default:
      return nil
    }
  }
}
