import Glibc

/// Verdicts by errno, as a number (Linux) or by name.
enum POSIXErrorRules {
  static func classify(_ number: Int32) -> ErrorClassification? {
    table.first { $0.number == number }.map(verdict)
  }

  static func classify(name: some StringProtocol) -> ErrorClassification? {
    table.first { $0.name == name }.map(verdict)
  }

  private static func verdict(
    _ row: (number: Int32, name: String, category: ErrorCategory, isTransient: Bool)
  ) -> ErrorClassification {
    ErrorClassification(category: row.category, isTransient: row.isTransient, rule: "errno.\(row.name)")
  }

  private static let table: [(number: Int32, name: String, category: ErrorCategory, isTransient: Bool)] = [
    (ECONNREFUSED, "ECONNREFUSED", .network, true), (ECONNRESET, "ECONNRESET", .network, true),
    (ECONNABORTED, "ECONNABORTED", .network, true), (EPIPE, "EPIPE", .network, true),
    (EHOSTUNREACH, "EHOSTUNREACH", .network, true), (ENETUNREACH, "ENETUNREACH", .network, true),
    (EHOSTDOWN, "EHOSTDOWN", .network, true), (ENETDOWN, "ENETDOWN", .network, true),
    (ENETRESET, "ENETRESET", .network, true), (ENOTCONN, "ENOTCONN", .network, true),
    (-1, "ENOTFOUND", .network, true), (-1, "EAI_AGAIN", .network, true),
    (-1, "EAI_NONAME", .network, true),
    (EADDRINUSE, "EADDRINUSE", .network, false), (EADDRNOTAVAIL, "EADDRNOTAVAIL", .network, true),
    (ETIMEDOUT, "ETIMEDOUT", .timeout, true), (ETIME, "ETIME", .timeout, true),
    (-1, "ESOCKETTIMEDOUT", .timeout, true),
    (ENOSPC, "ENOSPC", .resource, false), (EDQUOT, "EDQUOT", .resource, false),
    (ENOMEM, "ENOMEM", .resource, false), (EMFILE, "EMFILE", .resource, false),
    (ENFILE, "ENFILE", .resource, false), (EAGAIN, "EAGAIN", .resource, true),
    (ENOBUFS, "ENOBUFS", .resource, true), (EBUSY, "EBUSY", .resource, true),
    (EIO, "EIO", .resource, false), (EROFS, "EROFS", .resource, false), (EFBIG, "EFBIG", .resource, false),
    (ENOENT, "ENOENT", .resource, false), (ENOTDIR, "ENOTDIR", .resource, false),
    (EISDIR, "EISDIR", .resource, false), (EEXIST, "EEXIST", .resource, false),
    (ENOTEMPTY, "ENOTEMPTY", .resource, false), (ESTALE, "ESTALE", .resource, true),
    (EACCES, "EACCES", .authentication, false), (EPERM, "EPERM", .authentication, false),
    (EINVAL, "EINVAL", .validation, false), (EMSGSIZE, "EMSGSIZE", .validation, false),
    (ENAMETOOLONG, "ENAMETOOLONG", .validation, false), (EINTR, "EINTR", .unknown, true),
  ]
}
