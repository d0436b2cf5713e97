import Testing

@testable import Healing

@Suite struct TextClassifierTests {
  private func rule(_ message: String, type: String = "", code: String? = nil) -> String {
    TextClassifier.shared.classify(ErrorEvidence(type: type, message: message, code: code)).rule
  }

  private func category(_ message: String, type: String = "", code: String? = nil) -> ErrorCategory {
    TextClassifier.shared.classify(ErrorEvidence(type: type, message: message, code: code)).category
  }

  @Test func `the root cause decides over the wrapper and the type's name`() {
    #expect(category("failed to acquire lease: dial tcp: no such host", type: "DatabaseError") == .network)
    #expect(category("Request timed out", type: "httpx.ProxyError") == .timeout)
    // Equal weights: the type's words weigh less.
    #expect(category("Validation failed", type: "TimeoutError") == .validation)
    #expect(category("connect ECONNREFUSED ::1:27017", type: "MongooseServerSelectionError") == .network)
    #expect(category("No route to host, failed on socket timeout exception") == .network)
    #expect(category("authentication handshake failed: remote error: tls: bad certificate") == .network)
  }

  @Test func `the type decides when no rule matches the message`() {
    #expect(category("x", type: "com.acme.RateLimitError") == .rateLimit)
    #expect(category("", type: "asyncio.TimeoutError") == .timeout)
    #expect(category("", type: "java.lang.NullPointerException") == .unknown)
    #expect(rule("", type: "java.lang.OutOfMemoryError") == "text.resource.out_of_memory")
  }

  @Test func `quota wording beats status 403, and words beat a bare status`() {
    #expect(category("API rate limit exceeded", code: "403") == .rateLimit)
    #expect(category("no space left on device", code: "500") == .resource)
    #expect(category("turning operation timed out into 500", code: "500") == .timeout)
    #expect(category("Provider returned error", code: "429") == .rateLimit)
  }

  @Test func `only whole words match`() {
    #expect(category("the timeoutless thorough oomph of a quotation") == .unknown)
    #expect(category("stlsx") == .unknown)
    #expect(category("Sslippery") == .unknown)
  }

  @Test func `a parameter named like a fault is not a fault`() {
    #expect(category("Invalid value for field 'timeoutSec': '0'") == .validation)
    #expect(category("goroutines are asleep - deadlock!") == .unknown)
  }

  @Test func `an address is not a fault, whatever its path`() {
    #expect(rule("POST https://example.com/auth/login/failed?timeout=32s done") == "none")
    #expect(rule("read /var/lib/timeout/connection-refused/ok") == "none")
    #expect(category("Get \"https://10.0.0.1/login\": connection refused") == .network)
    #expect(category("open /etc/shadow: permission denied") == .authentication)
    #expect(category("mysql://db/timeout: access denied") == .authentication)
    #expect(category("I/O timeout") == .timeout && category("read/write timeout") == .timeout)
  }

  @Test func `a driver's error is a database error unless the text names a deeper cause`() {
    #expect(category("value must be >= 0", type: "MongoServerError") == .database)
    #expect(category("near \"FROM\": syntax error", type: "sqlite3.OperationalError") == .database)
    #expect(category("ORA-01489: result is too long") == .database)
    #expect(category("connection refused", type: "sqlalchemy.exc.OperationalError") == .network)
    #expect(category("bad auth : Authentication failed", type: "MongoServerError") == .authentication)
  }

  @Test func `a programming error's type outweighs its message`() {
    #expect(category("No handlers could be found", type: "System.InvalidOperationException") == .unknown)
    #expect(category("invalid value", type: "java.lang.IllegalStateException") == .unknown)
    #expect(category("fetch failed", type: "TypeError") == .network)
    #expect(category("{\"type\":\"error\",\"message\":\"Overloaded\"}") == .api)
    #expect(category("JWT_SECRET is not set", type: "System.InvalidOperationException") == .configuration)
  }

  @Test func `a hint decides only when no other rule matches`() {
    #expect(category("rows differ") == .database && category("swap is low") == .resource)
    #expect(category("rows differ: connection refused") == .network)
  }

  @Test func `alternatives, options, gaps, barriers and seams match as written`() {
    let classifier = TextClassifier(rules: [
      TextRule("one", .network, 50, ["red|green light is? on"]), TextRule("two", .api, 50, ["start * end"]),
      TextRule("three", .database, 50, ["stop !sign|word"]),
      TextRule("four", .timeout, 50, ["late + arrival"]),
    ])
    func category(_ text: String) -> ErrorCategory {
      classifier.classify(ErrorEvidence(message: text)).category
    }
    for text in ["red light on", "GREEN light is on", "the RedLight is on."] {
      #expect(category(text) == .network)
    }
    for text in ["blue light on", "red light was on"] { #expect(category(text) == .unknown) }
    for text in ["start end", "start 1 2 3 4 end"] { #expect(category(text) == .api) }
    #expect(category("start 1 2 3 4 5 end") == .unknown)
    for text in ["stop", "stop here"] { #expect(category(text) == .database) }
    for text in ["stop sign", "stopWord"] { #expect(category(text) == .unknown) }
    for text in ["LateArrival", "a lateArrival!"] { #expect(category(text) == .timeout) }
    for text in ["late arrival", "late: Arrival", "late"] { #expect(category(text) == .unknown) }
  }

  @Test func `the rule with the higher weight decides, and of equal ones the first in the text`() {
    let classifier = TextClassifier(rules: [
      TextRule("a", .network, 50, ["alpha"]), TextRule("b", .api, 60, ["beta"]),
      TextRule("c", .timeout, 60, ["gamma"]),
      TextRule("d", .database, 70, ["alpha"]),
    ])
    func rule(_ text: String) -> String { classifier.classify(ErrorEvidence(message: text)).rule }
    #expect(rule("gamma beta") == "text.timeout.c")
    #expect(rule("beta gamma") == "text.api.b")
    #expect(rule("beta gamma alpha") == "text.database.d")
  }

  @Test func `camel case, snake case and apostrophes are split and joined as words`() {
    func words(_ text: String) -> [String] {
      var text = text
      return text.withUTF8 { bytes in
        WordScan.words(in: bytes).map { String(decoding: bytes[$0.range], as: UTF8.self) }
      }
    }
    #expect(
      words("readTimeout HTTPError rate_limit") == ["read", "Timeout", "HTTP", "Error", "rate", "limit"])
    #expect(words("table 'x' doesn't exist") == ["table", "x", "doesn't", "exist"])
    #expect(words("") == [] && words("—") == ["—"] && words("a-1:b") == ["a", "1", "b"])
    #expect(WordScan.hashes(of: "Doesn't") == WordScan.hashes(of: "doesnt"))
  }

  @Test func `the end of a long text is not scanned`() {
    let filler = String(repeating: "lorem ", count: TextClassifier.longestText / 6 + 1)
    #expect(category("connection refused " + filler) == .network)
    #expect(category(filler + " connection refused") == .unknown)
  }
}
