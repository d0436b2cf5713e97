import Testing

@testable import Healing

/// The rule tables: messages of many systems, and the expected verdicts.
@Suite struct TextRuleTests {
  private func expect(
    _ messages: [String], _ category: ErrorCategory, transient: Bool,
    location: SourceLocation = #_sourceLocation
  ) {
    for message in messages {
      let verdict = TextClassifier.shared.classify(ErrorEvidence(message: message))
      #expect(
        verdict.category == category && verdict.isTransient == transient,
        "\(message): \(verdict.category) \(verdict.isTransient) by \(verdict.rule)", sourceLocation: location)
    }
  }

  @Test func `refused, reset and lost connections and unknown hosts are network and transient`() {
    expect(
      [
        "connect: connection refused", "read: connection reset by peer", "write: broken pipe",
        "could not resolve host: db.internal", "no such host", "no route to host", "network is unreachable",
        "getaddrinfo ENOTFOUND cache", "socket hang up", "server closed idle connection, unexpected EOF",
        "failed to connect to all addresses", "peer closed connection without sending complete message body",
        "connect: no such file or directory", "Could not establish connection", "tunnel is not ready",
      ], .network, transient: true)
  }

  @Test func `TLS errors and addresses in use are network and not transient`() {
    expect(
      [
        "x509: certificate signed by unknown authority", "remote error: tls: handshake failure",
        "certificate has expired", "SSL routines:wrong version number", "self signed certificate in chain",
        "bind: address already in use", "hostname does not match certificate",
      ], .network, transient: false)
  }

  @Test func `exceeded time limits are timeout`() {
    expect(
      [
        "dial tcp 10.0.0.7:443: i/o timeout", "context deadline exceeded",
        "Read timed out. (read timeout=10)",
        "504 Gateway Time-out", "timeout of 5000ms exceeded", "task took too long to complete",
        "canceling statement due to statement timeout", "TLS handshake timeout",
        "upstream timed out (110: Connection timed out) while reading response header",
        "net/http: request canceled while waiting for connection",
      ], .timeout, transient: true)
  }

  @Test(arguments: [
    "context canceled", "Post \"https://example.com\": context canceled", "the client cancelled",
    "client has cancelled the call", "cancelled by the client", "request aborted by user", "Canceled",
    "cancelled",
    "client closed request", "Client Closed the request", "HTTP 499", "status code: 499",
    "The operation was cancelled.", "The user aborted a request.", "This operation was aborted",
    "rpc error: code = Canceled desc = stream ended", "1 CANCELLED: call ended", "StatusCode.CANCELLED",
    "Status code cancelled", "grpc-status: 1", "ECANCELED", "Operation canceled", "UV_ECANCELED",
    "asyncio.exceptions.CancelledError", "java.util.concurrent.CancellationException",
    "System.OperationCanceledException: The operation was canceled.", "A task was canceled.",
    "Error Domain=NSURLErrorDomain Code=-999 \"cancelled\"", "(NSURLErrorDomain error -999.)",
    "AxiosError: ERR_CANCELED", "canceling statement due to user request", "CancellationError()",
    "ORA-01013: user requested cancel of current operation", "KeyboardInterrupt",
  ])
  func `an operation that the caller cancelled is a cancellation`(message: String) {
    let verdict = TextClassifier.shared.classify(ErrorEvidence(message: message))
    #expect(verdict.isCancellation && verdict.isLocalRejection, "\(verdict)")
    #expect(verdict.category == .unknown && verdict.severity == .low && !verdict.isTransient, "\(verdict)")
  }

  @Test(arguments: [
    ErrorEvidence(type: "CancelledError", message: ""), ErrorEvidence(message: "x", code: "499"),
    ErrorEvidence(message: "x", code: "CANCELLED"), ErrorEvidence(message: "x", code: "Canceled"),
    ErrorEvidence(message: "x", code: "ECANCELED"),
    ErrorEvidence(type: "AbortError", message: "signal is aborted without reason"),
    ErrorEvidence(type: "Swift.CancellationError", message: "x"),
  ])
  func `a cancellation is known by type and code, too`(evidence: ErrorEvidence) {
    #expect(TextClassifier.shared.classify(evidence).isCancellation)
  }

  @Test(arguments: [
    "cancelled by the server", "the remote server cancelled the stream",
    "net/http: request canceled while waiting for connection",
    "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
    "canceling statement due to statement timeout",
    "The request was aborted: Could not create SSL/TLS secure channel.", "the transaction was aborted",
    "The request was aborted", "operation was cancelled: connection refused",
    "The operation was aborted due to timeout",
    "your subscription was cancelled last month", "HTTP 498", "code = Aborted desc = x",
  ])
  func `an operation that the server ended is not a cancellation`(message: String) {
    let verdict = TextClassifier.shared.classify(ErrorEvidence(message: message))
    #expect(!verdict.isCancellation && !verdict.isLocalRejection, "\(verdict)")
  }

  @Test func `throttling is rate limit and transient`() {
    expect(
      [
        "429 Too Many Requests", "API rate limit exceeded for user", "{u'reason': u'ratelimited'}",
        "abuse detection: come back later", "reads exceeded, 60 per user per minute",
        "Throttling: Rate exceeded",
        "Please reduce your request rate", "quota exceeded for quota metric requests per minute",
        "toomanyrequests: you have reached your pull rate limit",
      ], .rateLimit, transient: true)
  }

  @Test func `used up quotas and unpaid bills are rate limit and not transient`() {
    expect(
      [
        "You exceeded your current quota, please check your plan and billing details",
        "Your credit balance is too low", "pods \"x\" is forbidden: exceeded quota: compute",
        "Quota 'DISKS_TOTAL_GB' exceeded", "insufficient_quota",
        "exceeding approved cores quota", "Monthly budget reached",
      ], .rateLimit, transient: false)
  }

  @Test func `credentials and permissions are authentication`() {
    expect(
      [
        "401 Unauthorized", "Access Denied", "invalid api key",
        "password authentication failed for user \"x\"",
        "jwt expired", "User is not authorized to perform: s3:GetObject",
        "open /etc/shadow: permission denied",
        "Permission denied (publickey)", "rpc error: code = Unauthenticated desc = who are you",
        "could not find default credentials",
        "denied by policy", "account is locked", "host key has changed", "no token provided",
        "the token's signature is invalid", "the app's secret keys are expired; a certificate is better",
      ], .authentication, transient: false)
  }

  @Test func `exhausted local resources are resource`() {
    expect(
      [
        "write /data: no space left on device", "java.lang.OutOfMemoryError: Java heap space",
        "accept: too many open files", "fork: Cannot allocate memory", "can't start new thread",
        "0/3 nodes are available: 3 Insufficient memory", "Disk quota exceeded", "Read-only file system",
        "no more IP addresses available", "does not have sufficient capacity", "cannot allocate a buffer",
      ], .resource, transient: false)
    expect(["Resource temporarily unavailable", "Text file busy"], .resource, transient: true)
  }

  @Test func `locks, pools and lost servers of a database are transient`() {
    expect(
      [
        "deadlock detected", "database is locked", "Lock wait timeout exceeded; try restarting transaction",
        "sorry, too many clients already", "MySQL server has gone away",
        "the database system is starting up", "could not serialize access due to concurrent update",
        "QueuePool limit of size 5 overflow 10 reached, connection timed out",
        "terminating connection due to administrator command",
        "Lost connection to MySQL server during query", "Could not connect to MySQL instance",
        "None of the configured nodes are available",
        "2 failures, 1 failure during read query",
      ], .database, transient: true)
  }

  @Test func `statements and constraints of a database are not transient`() {
    expect(
      [
        "duplicate key value violates unique constraint \"pk\"", "relation \"jobs\" does not exist",
        "no such table: artists", "ReplyError: MOVED 12 10.0.0.2:6379",
        "You have an error in your SQL syntax", "database \"app\" does not exist",
        "FOREIGN KEY constraint failed", "database disk image is malformed",
        "ORA-00972: identifier is too long",
        "column \"id\" is of type integer", "shards failed", "schema is not empty",
      ], .database, transient: false)
  }

  @Test func `settings and missing programs are configuration`() {
    expect(
      [
        "services.web: Additional property retries is not allowed", "Unknown lvalue 'Restrat' in section",
        "The variable \"size\" has not been declared", "yaml: mapping values are not allowed here",
        "nginx: [emerg] unknown directive \"stream\" in /etc/nginx/nginx.conf:10",
        "DATABASE_URL environment variable is not set", "failed to load config file /etc/app.yaml",
        "exec: \"docker\": executable file not found in $PATH", "invalid configuration: no contexts",
        "No suitable driver found for jdbc:x", "unrecognized configuration parameter \"foo\"",
        "spawn docker ENOENT", "cert and key must both be set", "sh: 1: vite: not found",
        "Module not found: ./src",
        "private key does not match",
      ], .configuration, transient: false)
  }

  @Test func `values of a request are validation`() {
    expect(
      [
        "400 Bad Request", "\"email\" is required", "invalid literal for int() with base 10: 'x'",
        "json: cannot unmarshal string into Go struct field", "Unexpected end of JSON input",
        "prompt is too long: 250000 tokens", "Validation failed: name is too short",
        "413 Request Entity Too Large", "Unsupported parameter: 'max_tokens'",
        "expected kind to be one of [a, b]", "1 validation error for User",
      ], .validation, transient: false)
  }

  @Test func `failures of the remote interface are api`() {
    expect(
      [
        "500 Internal Server Error", "502 Bad Gateway", "HTTP Error 503: Service Unavailable",
        "The model is overloaded", "rpc error: code = Internal desc = oops",
        "unexpected status code 502 from upstream",
      ], .api, transient: true)
    expect(
      [
        "404 Not Found", "The specified bucket does not exist", "pods \"web\" not found",
        "405 Method Not Allowed",
        "rpc error: code = Unimplemented desc = unknown service", "manifest unknown",
        "another operation is in progress", "the bucket is not empty", "too many redirects",
      ], .api, transient: false)
  }

  @Test func `programming errors and cancellation are unknown`() {
    expect(
      [
        "Cannot destructure property 'environment' of 'undefined'", "NameError: name 'config' is not defined",
        "Cannot read properties of null (reading 'x')", "runtime error: index out of range [5] with length 3",
        "invalid memory address or nil pointer dereference", "x is not a function",
        "all goroutines are asleep - deadlock!", "class Animal cannot be cast to class Cat",
        "context canceled",
        "canceling statement due to user request", "it went wrong",
        "System.InvalidOperationException: Stack empty.", "panic: send on closed channel",
        "should not reach here",
      ], .unknown, transient: false)
  }

  @Test func `every phrase matches its own words`() {
    let classifier = TextClassifier.shared
    for rule in TextRule.all {
      for phrase in rule.phrases {
        let sample = Self.reading(of: phrase, longest: true)
        let heaviest = TextRule.all.filter { $0.weight >= rule.weight }.map(\.verdict.rule)
        let found = classifier.classify(ErrorEvidence(message: "it: " + sample)).rule
        // A code among the words may weigh more: "no errno".
        #expect(
          heaviest.contains(found) || found.hasPrefix("http."), "\(rule.verdict.rule): \(phrase): \(found)")
      }
    }
  }

  @Test func `no phrase reduces to a common word`() {
    let common: Set<Substring> = [
      "a", "an", "the", "is", "are", "was", "has", "have", "not", "no", "to", "of", "in", "on", "by", "for",
      "with",
      "and", "or", "be", "been", "can", "could", "must", "error", "errors", "failed", "failure", "exception",
      "unable",
      "server", "request", "file", "value", "code", "status", "message", "name", "key", "user", "data", "try",
      "set",
    ]
    for rule in TextRule.all where rule.weight >= 40 {
      for phrase in rule.phrases {
        for reading in Self.shortReadings(of: phrase) {
          let words = reading.split(separator: " ")
          #expect(
            !words.isEmpty && !(words.count == 1 && common.contains(words[0])),
            "\(rule.verdict.rule): \(phrase)")
        }
      }
    }
  }

  @Test func `ids are unique and name their category`() {
    let ids = TextRule.all.map(\.verdict.rule).filter { $0.hasPrefix("text.") }
    #expect(Set(ids).count == ids.count)
    for rule in TextRule.all where rule.verdict.rule.hasPrefix("text.") {
      #expect(rule.verdict.rule.hasPrefix("text.\(rule.verdict.category.rawValue)."))
    }
  }

  /// A phrase with the first of each choice, optional words taken or left, gaps closed.
  private static func reading(of phrase: String, longest: Bool) -> String {
    phrase.split(separator: " ").compactMap { part -> String? in
      if part == "*" || part.hasPrefix("!") { return nil }
      if part.hasSuffix("?") {
        return longest ? part.dropLast().split(separator: "|").first.map(String.init) : nil
      }
      return part.split(separator: "|").first.map(String.init)
    }.joined(separator: " ").replacing(#/ \+ (\w)/#) { $0.1.uppercased() }
  }

  private static func shortReadings(of phrase: String) -> [String] {
    let parts = phrase.split(separator: " ").filter { $0 != "*" && !$0.hasPrefix("!") && !$0.hasSuffix("?") }
    guard parts.count == 1 else { return [reading(of: phrase, longest: false)] }
    return parts[0].split(separator: "|").map(String.init)
  }
}
