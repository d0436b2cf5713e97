/// A text of which a scan that reads ahead at every mark would need time that grows with its square.
struct HostilePattern: Sendable, CustomStringConvertible {
  /// The repeated part.
  let unit: String
  /// Text once before and once after the repeated part.
  var head = ""
  var tail = ""

  var description: String { "\(head)…\(unit.prefix(40).debugDescription)…\(tail)" }

  /// About so many bytes.
  func text(ofLength length: Int) -> String {
    head + String(repeating: unit, count: max(1, length / unit.utf8.count)) + tail
  }

  static let all: [HostilePattern] =
    [
      "/a", "/", "//", "http://a ", "http://", "https://a:b", "https://a:b?", "https://h/x?y=z&", "://",
      "://:", "a://b:c/",
      "@", "a@", "a:b@", "a:@", "a/b@", "a/b1cdef@c ", ",a:@", "=", "a=", "key=", "token=", "code=&",
      "?code=", "?key=", "password=", "password:",
      "password=,", "password=&a", "password==", "password: ", "password=(", "password=[", "password={",
      "password=\"", "password='", "password=\\\"", "password is ",
      "pwd=/", "PWD=/", "key=(", "token=(", "key=\"", "token='", "key:", "token:\n ", "password:\n ",
      "secret=[\"", "(", "[", "{", ")", "([{", "()", "[]", "(((]]]",
      "\\", "\\\\", "\\\"", "\\\\\\\"", "\\n", "\\u0022", "\\x22", "%22", "%25", "%2525", "%", "&", "&quot;",
      "&amp;", "\"", "'", "\"\"", "''", "\"a", "'a", "`", "`a",
      "-----BEGIN ", "-----BEGIN A-----", "-----BEGIN A-----\n", "-----END ", "-----END A-----",
      "A\n-----END ", "-----", "-", "- ", "-p", "-p ", "-u ", "-u a:", "--password ", "curl -u ", "mysql -p ",
      "Bearer ", "Basic ", "Bearer+", "token ", "api key ", "key ", "Digest a=", "Digest a=\"", "Digest ",
      "Authorization: ", "Authorization: Digest a=\"", "Cookie: ", "Cookie: a=\"", "Authorization:[",
      "Authorization: Bearer ",
      "AUTH ", "AUTH PLAIN ", "IDENTIFIED BY ", "IDENTIFIED WITH a BY ", "login a password ", "login ",
      "USER ", "is ", "was ", "to ", "set to ", "password set to ", "value ", "value [",
      "Optional(\"", "Optional(", "Some(\"", "password: Optional(\"", "password: Some(", "password: b'",
      "=> \"", "password => ", "<", ">", "<a", "<a ", "<password", "<password>", "<password> ", "<key>",
      "<key>password</key>", "</password>", "<![CDATA[", "<password><![CDATA[",
      "name=password ", "name=\"password\" ", "\"name\":\"password\",", ",\"a\"", "'a',", "{a,", "password('",
      "password(",
      "sk-", "sk-a", "ghp_", "eyJ", "eyJ.", "AKIA", "AKIAAAAAAAAAAAAAAAAA", "hooks.slack.com/services/",
      "hooks/", "1.", "1:", "12345678:", "123456789012345678901234.123456.", ":5432:", "a:5432:b:c:",
      "*:*:*:*:", "9", "123 ", "1,", "0123456789abcdef", "f:", "ff:", ":", "::", "1:2:", "a:a:a:a:a:a:",
      "fe80::", "::g",
      "💥", "e\u{301}", "\u{301}", "é ", "日本", "“a”", " ", "\n", "\t", "\r\n", "a", "a ", "A", "aA", "_", "a_",
      ".", "a.", "..", "[redacted]", "password=[redacted]", "[redacted", "${", "{{", "***", "don't ",
      "retry after ", "Retry-After: 9", "errno ", "http 5", "SQLSTATE", "C:\\",
    ].map { HostilePattern(unit: $0) }
    + [
      HostilePattern(unit: "::", tail: "x"), HostilePattern(unit: "a:", tail: "g"),
      HostilePattern(unit: "0:", tail: "z"),
      HostilePattern(unit: "https://a:b", tail: "@h"), HostilePattern(unit: "a:b,", tail: "@h"),
      HostilePattern(unit: "a/", tail: "@h"),
      HostilePattern(unit: "(password=", tail: ")"), HostilePattern(unit: "password=\"a\\\"", tail: "\""),
      HostilePattern(unit: "a", head: "password="),
      HostilePattern(unit: " a", head: "password=\""),
      HostilePattern(unit: "a=\"b\", ", head: "Authorization: Digest "),
      HostilePattern(unit: "A", head: "-----BEGIN PRIVATE KEY-----\n"),
      HostilePattern(unit: "A", tail: "\n-----END PRIVATE KEY-----"),
      HostilePattern(unit: "%255C", tail: "%2522"), HostilePattern(unit: "\\", tail: "\""),
    ]
}
