import Foundation
import Healing
import HealingServer
import Testing

/// The JSON that a client may send, and its cost.
@Suite struct BodyTests {
  private static func status(_ text: String) -> Int? { status(Array(text.utf8)) }

  /// - Returns: `nil` when the body is read.
  private static func status(_ body: [UInt8]) -> Int? {
    do {
      _ = try FieldReader(body: body)
      return nil
    } catch {
      return error.status
    }
  }

  private static func nested(_ open: String, _ middle: String, _ close: String, _ depth: Int) -> String {
    String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
  }

  @Test func `a body may be nested 32 deep, not 33, whatever it is nested in`() throws {
    // The object around them is the first level.
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[ {\"\\\"]\" : ", "} ]"), ("[\"\\\\\",[", "]]")] {
      let levels = open.count { $0 == "[" || $0 == "{" }
      let deepest = 31 / levels
      #expect(Self.status("{\"x\": \(Self.nested(open, "1", close, deepest))}") == nil, "\(open)")
      let deeper = "{\"x\": \(Self.nested(open, "1", close, 31 / levels + 1))}"
      #expect(Self.status(deeper) == 400, "\(open)")
      let problem = #expect(throws: ProblemDetails.self) { try FieldReader(body: Array(deeper.utf8)) }
      #expect(problem?.detail.contains("nested more than 32 deep") == true)
    }
    // Brackets in texts and names are not nesting.
    let text = String(repeating: "[{", count: 100)
    #expect(Self.status("{\"a\": \"\(text)\", \"\(text)\": 1}") == nil)
    #expect(Self.status("{\"a\": \"\\\"\(text)\"}") == nil)
  }

  @Test func `invalid JSON is rejected`() {
    let texts = [
      "", " ", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":\"", "{\"a\":\"\\", "{'a': 1}", "nul", "{\"a\": 01}",
      "{\"a\": +1}", "{\"a\": 1e999}", "{\"a\": \"\\ud800\"}", "{\"a\": \"\t\"}", "{} {}", "{\"a\": NaN}",
      // Commas behind the last element, which Foundation takes.
      "{\"a\": 1,}", "{\"a\": 1 , \n}", "{\"a\": [1,]}", "{\"a\": [[],\t]}", "{\"a\": {\"b\": \"]\",}}",
      "[1,]", "[,]", "{,}",
      "{\"a\": [1,,2]}", "{\"a\": 1,,}", "{\"a\": [,1]}", "{\"a\": 1}, ", "{\"a\": \"\\\"\",}",
      // Of JSON5 and of other parsers.
      "{\"a\": 1 /* b */}", "{\"a\": 1} // b", "{\"a\": 1 # b\n}", "{a: 1}", "{\"a\": 'b'}",
      "{\"a\": Infinity}",
      "{\"a\": -Infinity}", "{\"a\": nan}", "{\"a\": True}", "{\"a\": .5}", "{\"a\": 5.}", "{\"a\": 1e}",
      "{\"a\": 0x1}",
      "{\"a\": -01}", "{\"a\": 1_000}", "{\"a\": \"\\x41\"}", "{\"a\": \"b\\\nc\"}", "{\"a\" 1}",
      "{\"a\": 1 \"b\": 2}",
      "{\"a\"; 1}", "{1: 2}", "{\"a\": [1}]}", "{\"a\": \"\\udc00\\ud800\"}", "{\"a\": \"\\ud800x\"}",
      "{\"a\": \"\\u12\"}",
      "{\"a\": 1\u{A0}}", "{\"a\": 1\u{B}}", "\u{FEFF}\u{FEFF}{}",
    ]
    for text in texts { #expect(Self.status(text) == 400, "\(text)") }
    for text in ["[]", "1", "\"a\"", "null", "true"] { #expect(Self.status(text) == 422, "\(text)") }
    // Other encodings, in which brackets and quotes are other bytes.
    for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian, .utf32LittleEndian, .utf16] {
      #expect(Self.status(Array("{\"a\": 1}".data(using: encoding) ?? Data())) == 400, "\(encoding)")
    }
    #expect(Self.status([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) == 400)
    // Not UTF-8: a lone byte, an overlong form, a surrogate, a text that is cut.
    for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3]] {
      #expect(Self.status(Array("{\"a\": \"".utf8) + bytes + Array("\"}".utf8)) == 400, "\(bytes)")
    }
  }

  @Test func `unusual but valid JSON is accepted`() {
    let texts = [
      "{}", "{\"a\": \",]\"}", "{\"a\": [ ] , \"b\": { } }", "{\"a,}\": 1}", "{\"a\": \"\\\\\"}",
      "{\"a\": -0}",
      "{\"a\": 1E+2}", "{\"a\": \"\\ud83d\\ude00\"}", "{\"a\": \"\u{7F}\"}", "{\"\": 1}", "\r\n{\"a\":\t1}\n",
      // A byte order mark may be ignored (RFC 8259, 8.1).
      "\u{FEFF}{\"a\": 1}",
      // The same name in different objects.
      "{\"a\": {\"a\": [{\"a\": 1}, {\"a\": 1}]}, \"b\": \"a: \\\": 1\"}",
    ]
    for text in texts { #expect(Self.status(text) == nil, "\(text)") }
  }

  @Test func `a repeated name of an object is rejected, however it is written`() throws {
    let texts = [
      "{\"a\": 1, \"a\": 1}", "{\"a\": 1, \"\\u0061\": 2}", "{\"x\": [{\"a\": 1, \"b\": 2, \"a\": null}]}",
      "{\"a\": {}, \"a\": {\"b\": {}}}", "{\"é\": 1, \"e\u{301}\": 1}",
    ]
    for text in texts { #expect(Self.status(text) == 422, "\(text)") }
    let problem = #expect(throws: ProblemDetails.self) { try FieldReader(body: Array(texts[0].utf8)) }
    #expect(problem?.detail.contains("the same name twice") == true)
  }

  @Test func `unknown names are rejected with the known ones, also in nested objects`() throws {
    let text = #"{"a": 1, "B": 2, "c": {"d": 3, "e": 4}, "f": [{"g": 5}, {"h": 6}]}"#
    let fields = try FieldReader(body: Array(text.utf8))
    _ = (fields.integer("a", default: 0, in: 0...9), fields.object("c").integer("d", default: 0, in: 0...9))
    for item in fields.objects("f", count: 0...9) { _ = item.integer("g", default: 0, in: 0...9) }
    _ = fields.text("z", default: "", length: 0...1)
    let problem = #expect(throws: ProblemDetails.self) { try fields.check() }
    #expect(problem?.status == 422)
    let messages = problem?.fields.map { "\($0.field) \($0.message)" }
    #expect(
      messages == [
        "B is not a known field; known fields: a, c, f, z", "c.e is not a known field; known fields: d",
        "f[1].h is not a known field; known fields: g",
      ])
    // So many that naming all would be a long answer.
    let many = "{\((0..<4_900).map { "\"n\($0)\": 1" }.joined(separator: ","))}"
    let other = #expect(throws: ProblemDetails.self) { try FieldReader(body: Array(many.utf8)).check() }
    #expect(other?.fields.count == 10)
  }

  @Test func `values keep their type`() throws {
    let fields = try FieldReader(
      body: Array(
        #"{"t": true, "f": false, "one": 1, "zero": 0, "real": 1.0, "half": 0.5, "big": 9223372036854775807, "text": "ü\u00e9"}"#
          .utf8))
    #expect(fields.flag("t") && !fields.flag("f", default: true))
    #expect(fields.integer("one", default: 7, in: 0...9) == 1)
    #expect(fields.integer("zero", default: 7, in: 0...9) == 0)
    #expect(fields.integer("real", default: 7, in: 0...9) == 1)
    #expect(fields.number("half", default: 0, in: 0...1) == 0.5)
    #expect(fields.integer("big", default: 0, in: 0...Int.max) == Int.max)
    #expect(fields.text("text", length: 1...9) == "üé")
    try fields.check()
    // And are not taken for each other.
    let wrong = try FieldReader(body: Array(#"{"a": 1, "b": 0, "c": true, "d": 0.5, "e": 1}"#.utf8))
    _ = (wrong.flag("a"), wrong.flag("b"), wrong.integer("c", default: 0, in: 0...9))
    _ = (wrong.integer("d", default: 0, in: 0...9), wrong.text("e", length: 0...9))
    let problem = #expect(throws: ProblemDetails.self) { try wrong.check() }
    #expect(problem?.fields.map(\.field) == ["a", "b", "c", "d", "e"])
  }

  @Test func `a body has 5,000 values at most, and names of 1,024 bytes`() {
    func list(_ count: Int) -> String {
      "{\"a\": [\(Array(repeating: "1", count: count).joined(separator: ","))]}"
    }
    #expect(Self.status(list(4_997)) == nil)
    #expect(Self.status(list(5_001)) == 413)
    #expect(Self.status("{\"\(String(repeating: "a", count: 1_024))\": 1}") == nil)
    #expect(Self.status("{\"\(String(repeating: "a", count: 1_025))\" : 1}") == 422)
    // A value may be long.
    #expect(Self.status("{\"a\": \"\(String(repeating: "a", count: 100_000))\"}") == nil)
  }

  /// Bodies by size, each of a kind that some parser takes too long for.
  static let shapes: [(what: String, body: @Sendable (Int) -> String)] = [
    ("arrays", { nested("[", "1", "]", 2_000 * $0) }),
    ("objects", { nested("{\"a\":", "1", "}", 1_000 * $0) }),
    ("mixed", { nested("[{\"a\":", "1e999", "}]", 1_000 * $0) }),
    ("unclosed", { String(repeating: "[", count: 100_000 * $0) }),
    ("unclosed objects", { String(repeating: "{\"a\":", count: 50_000 * $0) }),
    ("within a field", { "{\"component\": \(nested("[", "", "]", 2_000 * $0))}" }),
    ("side by side", { "{\"a\": [\(many(nested("[", "1", "]", 29), 100 * $0))]}" }),
    ("objects side by side", { "{\"a\": [\(many(nested("{\"b\":", "1", "}", 29), 100 * $0))]}" }),
    ("wrong at the end", { "{\"a\": [\(many(nested("[", "1", "]", 29), 100 * $0)),1e999]}" }),
    ("numbers", { "{\"a\": [\(many("1", 5_000 * $0))]}" }),
    ("names", { count in "{\((0..<3_000 * count).map { "\"n\($0)\": 1" }.joined(separator: ","))}" }),
    ("the same name", { "{\(many("\"n\": 1", 3_000 * $0))}" }),
    ("a long text", { "{\"a\": \"\(String(repeating: "x", count: 200_000 * $0))\"}" }),
    ("escapes", { "{\"a\": \"\(String(repeating: "\\u00e9\\n", count: 20_000 * $0))\"}" }),
    ("accents in a name", { "{\"a\(String(repeating: "\u{301}\u{316}", count: 3_000 * $0))\": 1}" }),
    (
      "accents in names",
      { "{\(many("\"\(String(repeating: "\u{301}\u{316}", count: 60))\": 1", 1_000 * $0))}" }
    ),
    ("blanks", { "{\(String(repeating: " ", count: 200_000 * $0))}" }),
  ]

  private static func many(_ text: String, _ count: Int) -> String {
    Array(repeating: text, count: count).joined(separator: ",")
  }

  @Test func `the time to read a body grows as its length does`() {
    for (what, body) in Self.shapes {
      let bodies = [Array(body(1).utf8), Array(body(2).utf8)]
      let ratio = Growth.ratio { _ = Self.status(bodies[$0 - 1]) }
      #expect(ratio <= 2.5, "\(what)")
    }
  }

  @Test func `a word with many accents takes no longer than its length`() throws {
    let bodies = try [1, 2].map { count in
      // The first letters are those of a word.
      let text = "succes" + String(repeating: "\u{301}\u{316}", count: 4_000 * count)
      return try FieldReader(body: Array("{\"a\": \"\(text)\"}".utf8))
    }
    let ratio = Growth.ratio { count in
      for _ in 0..<50 { _ = bodies[count - 1].word("a") as ErrorCategory? }
    }
    #expect(ratio <= 2.5)
  }

  @Test func `the time to read a query grows as its length does`() {
    let queries: [(what: String, query: (Int) -> String)] = [
      ("parameters", { count in (0..<5_000 * count).map { "p\($0)=1" }.joined(separator: "&") }),
      ("empty ones", { String(repeating: "&", count: 100_000 * $0) }),
      ("escapes", { "a=" + String(repeating: "%41+", count: 50_000 * $0) }),
      ("broken escapes", { String(repeating: "a=%4&", count: 20_000 * $0) }),
      ("signs", { String(repeating: "=?", count: 50_000 * $0) }),
    ]
    for (what, query) in queries {
      let requests = [1, 2].map { HTTPRequest(.get, "/x?\(query($0))") }
      #expect(Growth.ratio { _ = try? FieldReader(query: requests[$0 - 1]) } <= 2.5, "\(what)")
    }
  }
}
