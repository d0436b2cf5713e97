import Foundation

/// Verdicts by errno, as a number (Linux) or by name.
enum POSIXErrorRules {
  static func classify(_ number: Int32) -> ErrorClassification? {
    table.first { $0.number == number }.map(verdict)
  }

  /// Returns the verdict by name, as Node and libuv print errors.
  static func classify(name: some StringProtocol) -> Candidate? {
    table.first { $0.name == name }.map { Candidate(weight: $0.weight, verdict: verdict($0)) }
  }

  /// Rules for the names among the words of a message.
  static var textRules: [TextRule] {
    table.map {
      TextRule(
        verdict: verdict($0), weight: $0.weight, phrases: [$0.name.lowercased().replacing("_", with: " ")])
    }
  }

  private typealias Row = (
    number: Int32, name: String, category: ErrorCategory, isTransient: Bool, weight: Int
  )

  private static func verdict(_ row: Row) -> ErrorClassification {
    let rule = "errno.\(row.name)"
    if row.category == .unknown && !row.isTransient { return .cancellation(rule: rule) }
    let isFatal = [ENOSPC, EDQUOT, ENOMEM].contains(row.number)
    return ErrorClassification(
      category: row.category, severity: isFatal ? .critical : nil, isTransient: row.isTransient,
      rule: rule)
  }

  // -1: a name of the resolver (getaddrinfo) or of libuv that has no errno.
  private static let table: [Row] = [
    (ECONNREFUSED, "ECONNREFUSED", .network, true, 84), (ECONNRESET, "ECONNRESET", .network, true, 84),
    (ECONNABORTED, "ECONNABORTED", .network, true, 80), (EPIPE, "EPIPE", .network, true, 84),
    (EHOSTUNREACH, "EHOSTUNREACH", .network, true, 84), (ENETUNREACH, "ENETUNREACH", .network, true, 84),
    (EHOSTDOWN, "EHOSTDOWN", .network, true, 84), (ENETDOWN, "ENETDOWN", .network, true, 84),
    (ENETRESET, "ENETRESET", .network, true, 84), (ENOTCONN, "ENOTCONN", .network, true, 80),
    (-1, "ENOTFOUND", .network, true, 84), (-1, "EAI_AGAIN", .network, true, 84),
    (-1, "EAI_NONAME", .network, true, 84), (-1, "EAI_FAIL", .network, true, 84),
    (-1, "ENONET", .network, true, 84),
    (EADDRINUSE, "EADDRINUSE", .network, false, 84), (EADDRNOTAVAIL, "EADDRNOTAVAIL", .network, true, 84),
    (EPROTO, "EPROTO", .network, false, 62),
    (ETIMEDOUT, "ETIMEDOUT", .timeout, true, 86), (ETIME, "ETIME", .timeout, true, 80),
    (-1, "ESOCKETTIMEDOUT", .timeout, true, 86),
    (ENOSPC, "ENOSPC", .resource, false, 92), (EDQUOT, "EDQUOT", .resource, false, 92),
    (ENOMEM, "ENOMEM", .resource, false, 92), (EMFILE, "EMFILE", .resource, false, 92),
    (ENFILE, "ENFILE", .resource, false, 92), (EAGAIN, "EAGAIN", .resource, true, 66),
    (EWOULDBLOCK, "EWOULDBLOCK", .resource, true, 66), (ENOBUFS, "ENOBUFS", .resource, true, 80),
    (EBUSY, "EBUSY", .resource, true, 70), (ETXTBSY, "ETXTBSY", .resource, true, 70),
    (EIO, "EIO", .resource, false, 70), (EROFS, "EROFS", .resource, false, 82),
    (EFBIG, "EFBIG", .resource, false, 70), (ESTALE, "ESTALE", .resource, true, 70),
    (ENOENT, "ENOENT", .resource, false, 48), (ENOTDIR, "ENOTDIR", .resource, false, 48),
    (EISDIR, "EISDIR", .resource, false, 48), (EEXIST, "EEXIST", .resource, false, 48),
    (ENOTEMPTY, "ENOTEMPTY", .resource, false, 48), (EXDEV, "EXDEV", .resource, false, 62),
    (ESPIPE, "ESPIPE", .resource, false, 62),
    (EACCES, "EACCES", .authentication, false, 80), (EPERM, "EPERM", .authentication, false, 78),
    // These two are cancellations.
    (ECANCELED, "ECANCELED", .unknown, false, 80), (-1, "EAI_CANCELED", .unknown, false, 80),
    (EINVAL, "EINVAL", .validation, false, 38), (EMSGSIZE, "EMSGSIZE", .validation, false, 62),
    (ENAMETOOLONG, "ENAMETOOLONG", .validation, false, 62), (EINTR, "EINTR", .unknown, true, 50),
  ]
}
