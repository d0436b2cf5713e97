import Testing

@testable import Healing

@Suite struct CodeRulesTests {
  private func verdict(_ message: String = "", code: String? = nil) -> ErrorClassification {
    TextClassifier.shared.classify(ErrorEvidence(message: message, code: code))
  }

  @Test(arguments: [
    ("400", ErrorCategory.validation, false), ("401", .authentication, false), ("402", .rateLimit, false),
    ("403", .authentication, false), ("404", .api, false), ("408", .timeout, true), ("409", .api, false),
    ("422", .validation, false), ("425", .api, true), ("429", .rateLimit, true), ("500", .api, true),
    ("501", .api, false), ("503", .api, true), ("504", .timeout, true), ("507", .resource, false),
    ("599", .api, true),
  ])
  func `an HTTP status is recognised as a code and in text`(
    status: String, category: ErrorCategory, isTransient: Bool
  ) {
    for found in [
      verdict(code: status), verdict("failed with status code: \(status)"), verdict("HTTP/1.1 \(status)"),
    ] {
      #expect(found.category == category && found.isTransient == isTransient)
      #expect(found.rule == "http.\(status)")
    }
  }

  @Test(arguments: ["error 503", "503", "got 503", "HTTP/2 503", "statusCode=503", "server error (503)"])
  func `a status in text needs a preceding word or the start of the text`(text: String) {
    #expect(verdict(text).rule == "http.503" || verdict(text).category == .api && verdict(text).isTransient)
  }

  @Test(arguments: ["processed 503 rows", "line 429", "took 500 ms", "port 5432", "exited 137 times"])
  func `other numbers are not a status`(text: String) {
    #expect(!verdict(text).rule.hasPrefix("http."))
  }

  @Test func `a number after a URL at the end of a line is a status`() {
    #expect(verdict("GET https://registry.example.com/pkg - 401").rule == "http.401")
    #expect(verdict("https://example.com:503/x took long").rule != "http.503")
  }

  @Test func `a number that HTTP does not define is not a status`() {
    #expect(verdict("(0, 0): error 320").rule == "none")
  }

  @Test(arguments: [
    ("ECONNREFUSED", ErrorCategory.network, true), ("ETIMEDOUT", .timeout, true),
    ("ENOSPC", .resource, false),
    ("EACCES", .authentication, false), ("EAI_AGAIN", .network, true), ("EMFILE", .resource, false),
    ("EADDRINUSE", .network, false),
  ])
  func `an errno is recognised by name`(name: String, category: ErrorCategory, isTransient: Bool) {
    for found in [verdict(code: name), verdict("uncaught: \(name) happened")] {
      #expect(found.category == category && found.isTransient == isTransient && found.rule == "errno.\(name)")
    }
  }

  @Test func `an errno is recognised by number after a preceding word`() {
    #expect(verdict("[Errno 104]").rule == "errno.ECONNRESET")
    #expect(verdict("(errno: 13)").rule == "errno.EACCES")
    #expect(verdict("[Errno 54] Connection reset by peer").rule == "text.network.reset")
  }

  @Test func `a bracketed errno outweighs one that may be an exit status`() {
    #expect(verdict("OSError: [Errno 18] not allowed, not found").rule == "errno.EXDEV")
    #expect(verdict("npm ERR! errno 1, exit status 1").rule == "text.unknown.type")
  }

  @Test(arguments: [
    ("40P01", ErrorCategory.database, true), ("57014", .timeout, true), ("28P01", .authentication, false),
    ("42P01", .database, false), ("08006", .database, true), ("53300", .database, true),
    ("F0000", .configuration, false),
    ("XX001", .database, false),
  ])
  func `a SQLSTATE is recognised as a code and in text`(
    state: String, category: ErrorCategory, isTransient: Bool
  ) {
    for found in [
      verdict(code: state), verdict("failed (SQLSTATE \(state))"), verdict("SQLSTATE[\(state)]: x"),
    ] {
      #expect(
        found.category == category && found.isTransient == isTransient && found.rule == "sqlstate.\(state)")
    }
  }

  @Test func `numbers and words of five characters are not a SQLSTATE`() {
    for text in ["port 42000", "pid 57014", "AB12C", "batch 40001"] { #expect(verdict(text).rule == "none") }
    #expect(verdict("oops 42P01").rule == "sqlstate.42P01")
    #expect(verdict("2024-02-08T20:28:24 started").rule == "none")
    #expect(verdict(code: "21659").rule == "none" && verdict(code: "21000").rule == "sqlstate.21000")
  }

  @Test(arguments: [
    ("1205", ErrorCategory.database, true), ("1213", .database, true), ("1045", .authentication, false),
    ("1062", .database, false), ("2003", .network, true), ("1040", .database, true),
  ])
  func `a MySQL error number is recognised as a code and in text`(
    number: String, category: ErrorCategory, isTransient: Bool
  ) {
    for found in [verdict(code: number), verdict("ERROR \(number) (x)")] {
      #expect(
        found.category == category && found.isTransient == isTransient && found.rule == "mysql.\(number)")
    }
  }

  @Test(arguments: [
    ("Unavailable", ErrorCategory.network, true), ("DEADLINE_EXCEEDED", .timeout, true),
    ("ResourceExhausted", .rateLimit, true), ("Unauthenticated", .authentication, false),
    ("InvalidArgument", .validation, false), ("NOT_FOUND", .api, false), ("Internal", .api, true),
  ])
  func `a gRPC status is recognised in any spelling`(
    name: String, category: ErrorCategory, isTransient: Bool
  ) {
    for found in [
      verdict(code: name), verdict("rpc error: code = \(name) desc = x"), verdict("StatusCode.\(name)"),
    ] {
      #expect(found.category == category && found.isTransient == isTransient, "\(found)")
    }
  }

  @Test func `without a verdict by code, the words decide`() {
    #expect(verdict("connection refused", code: "0").category == .network)
    #expect(verdict("connection refused", code: "Unknown").category == .network)
    #expect(verdict("", code: "ThrottlingException").category == .rateLimit)
    #expect(verdict("", code: "-99999999999999999999").rule == "none")
  }
}
