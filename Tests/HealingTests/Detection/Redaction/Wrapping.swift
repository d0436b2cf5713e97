import Foundation

/// A way in which a text with a secret gets into a message.
struct Wrapping: Sendable, CustomStringConvertible {
  let description: String
  let wrap: @Sendable (String) -> String

  init(_ description: String, _ wrap: @escaping @Sendable (String) -> String) {
    self.description = description
    self.wrap = wrap
  }

  /// Whether it puts nothing behind the text on its last line.
  var keepsLines: Bool {
    description.contains("JSON") || description.contains("multi-line") || description == "plain"
  }

  static let all: [Wrapping] = [
    Wrapping("plain") { $0 },
    Wrapping("in a sentence") { "request failed: \($0) (attempt 3 of 5)" },
    Wrapping("JSON value") { #"{"level":"error","msg":"\#(json($0))","code":503}"# },
    Wrapping("JSON value, slashes escaped") {
      #"{"msg":"\#(json($0).replacingOccurrences(of: "/", with: #"\/"#))"}"#
    },
    Wrapping("JSON value as Go writes it") {
      #"{"msg":"\#(json($0).replacingOccurrences(of: "&", with: #"\u0026"#).replacingOccurrences(of: "<", with: #"\u003c"#).replacingOccurrences(of: ">", with: #"\u003e"#).replacingOccurrences(of: #"\""#, with: #"\u0022"#))"}"#
    },
    Wrapping("JSON in JSON") { #"{"error":"\#(json(#"{"msg":"\#(json($0))","n":1}"#))","n":2}"# },
    Wrapping("JSON in JSON in JSON") { #"{"a":"\#(json(#"{"b":"\#(json(#"{"c":"\#(json($0))"}"#))"}"#))"}"# },
    Wrapping("URL-encoded") { "GET /log?m=\(percent($0))&n=1: 500" },
    Wrapping("form-encoded") { "body: m=\(percent($0).replacingOccurrences(of: "%20", with: "+"))&n=1" },
    Wrapping("URL-encoded twice") { "GET /log?m=\(percent(percent($0)))" },
    Wrapping("JSON, URL-encoded") { "m=\(percent(#"{"msg":"\#(json($0))"}"#))" },
    Wrapping("JSON in JSON, URL-encoded") {
      "m=\(percent(#"{"e":"\#(json(#"{"msg":"\#(json($0))"}"#))"}"#))"
    },
    Wrapping("a dump of a Swift struct") { #"Failure(code: 3, detail: Optional("\#(json($0))"), at: nil)"# },
    Wrapping("a dump of a Go struct") { "&{Op:read Err:\($0) Code:3}" },
    Wrapping("a dump of a Rust struct") { #"Error { code: 3, detail: Some("\#(json($0))") }"# },
    Wrapping("a dump of a Java record") { "Failure[code=3, detail=\($0)]" },
    Wrapping("a Python dict") {
      "{'code': 3, 'detail': '\($0.replacingOccurrences(of: "'", with: #"\'"#).replacingOccurrences(of: "\n", with: #"\n"#))'}"
    },
    Wrapping("multi-line") { "Traceback:\n  at x\n\($0)\nHost: h\nend" },
    Wrapping("multi-line with CRLF, indented") { "HTTP/1.1 400\r\n  \($0)\r\nHost: h\r\n" },
    Wrapping("escaped line breaks") {
      #"failed:\n\#($0.replacingOccurrences(of: "\n", with: #"\n"#))\nHost: h"#
    },
    Wrapping("a full stop") { "\($0)." }, Wrapping("a comma") { "\($0), then it failed" },
    Wrapping("a semicolon") { "\($0); then it failed" }, Wrapping("a colon") { "\($0): it failed" },
    Wrapping("an exclamation mark") { "\($0)!" }, Wrapping("in parentheses") { "it failed (\($0))" },
    Wrapping("in brackets") { "it failed [\($0)] today" }, Wrapping("in braces") { "it failed {\($0)}" },
    Wrapping("in double quotes") { "it failed: \"\($0)\" today" },
    Wrapping("in single quotes") { "it failed: '\($0)' today" },
    Wrapping("in backticks") { "it failed: `\($0)` today" },
    Wrapping("in curly quotes") { "it failed: “\($0)” today" },
    Wrapping("in XML") { "<fault><detail>\(xml($0))</detail></fault>" },
    Wrapping("logfmt") { #"level=error msg="\#(json($0))" code=3"# },
    Wrapping("a field of CSV") { "3,\"\($0.replacingOccurrences(of: "\"", with: "\"\""))\",x" },
    Wrapping("a chain of errors") { "run: step 2: \($0): exit status 1" },
  ]

  static func json(_ text: String) -> String {
    text.replacingOccurrences(of: #"\"#, with: #"\\"#).replacingOccurrences(of: "\"", with: #"\""#)
      .replacingOccurrences(of: "\n", with: #"\n"#).replacingOccurrences(of: "\r", with: #"\r"#)
  }

  static func percent(_ text: String) -> String {
    text.utf8.map { byte in
      let isUnreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~".utf8.contains(
        byte)
      return isUnreserved ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }.joined()
  }

  static func xml(_ text: String) -> String {
    text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
  }
}
