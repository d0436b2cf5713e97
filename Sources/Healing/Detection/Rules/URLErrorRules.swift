/// Verdicts by code of `NSURLErrorDomain`, the domain of `URLError`. The core does not import FoundationNetworking, which
/// would link an HTTP client into every program; the codes are those of Foundation's `NSURLError.h`.
enum URLErrorRules {
  static let domain = "NSURLErrorDomain"
  /// Names of Foundation's type. The domain does not identify it: other types may use the domain too.
  static let typeNames: Set<String> = ["Foundation.URLError", "FoundationNetworking.URLError"]

  static func classify(_ code: Int) -> ErrorClassification? {
    let rule = "urlerror.\(code)"
    switch code {
    // Timed out.
    case -1001:
      return ErrorClassification(category: .timeout, rule: rule)
    // Authentication required or cancelled by the user, no permission to read a file.
    case -1013, -1012, -1102:
      return ErrorClassification(category: .authentication, rule: rule)
    // Bad or unsupported URL, data length exceeds maximum.
    case -1000, -1002, -1103:
      return ErrorClassification(category: .validation, rule: rule)
    // Resource unavailable.
    case -1008:
      return ErrorClassification(category: .api, isTransient: true, rule: rule)
    // Too many redirects, redirect to nowhere, bad server response, zero bytes, cannot decode raw or content data,
    // cannot parse.
    case -1007, -1010, -1011, (-1017)...(-1014):
      return ErrorClassification(category: .api, isTransient: false, rule: rule)
    // Secure connection failed, certificates, App Transport Security.
    case (-1206)...(-1200), -1022:
      return ErrorClassification(category: .network, isTransient: false, rule: rule)
    // Files: missing, a directory, cannot be created, opened or written.
    case -1100, -1101, -3000, -3001, -3003:
      return ErrorClassification(category: .resource, rule: rule)
    case -999:
      return .cancellation(rule: rule)
    // Host not found or not reachable, connection lost, DNS failed, offline, roaming, calls, body stream, cache only,
    // background sessions, other file operations of a download.
    case (-1006)...(-1003), -1009, (-1021)...(-1018), -2000, -3002, (-3007)...(-3004), (-997)...(-995):
      return ErrorClassification(category: .network, rule: rule)
    default:
      return nil
    }
  }
}
