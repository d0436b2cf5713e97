import Foundation
import Healing
import Testing

@testable import HealingCLI

@Suite struct JSON5ScanTests {
  private struct Anything: Decodable { init(from decoder: any Decoder) {} }

  private func problem(_ text: String) -> String? {
    do throws(JSON5Scan.Problem) {
      try JSON5Scan.check(text)
      return nil
    } catch {
      return error.description
    }
  }

  private func isDecodable(_ text: String) -> Bool {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return (try? decoder.decode(Anything.self, from: Data(text.utf8))) != nil
  }

  @Test(arguments: [
    ("", "line 1, column 1: expected a value, but the text ends"),
    ("{\n", "line 2, column 1: expected a key, but the text ends"),
    ("{a: 1,\n  b: [1, 2\n}", "line 3, column 1: expected a comma or ']', found '}'"),
    ("{a 1}", "line 1, column 4: expected a colon, found '1'"),
    ("{a: 1 b: 2}", "line 1, column 7: expected a comma or '}', found 'b'"),
    ("{a: 'x\n}", "line 1, column 5: the text has no closing quote"),
    ("{a: \"x", "line 1, column 5: the text has no closing quote"),
    ("{a: 1} x", "line 1, column 8: 'x' follows the end of the value"),
    ("{a: 1 /* open", "line 1, column 7: the comment has no end"),
    ("{a: 1,,}", "line 1, column 7: expected a key, found ','"),
    ("{a: yes}", "line 1, column 5: yes is not a value; text needs quotes"),
    ("{a: 1 / 2}", "line 1, column 7: '/' does not begin a comment"),
    ("{ü: {a: 1, 'a': 2}}", "line 1, column 12: the key a is given twice"),
    ("{ledger: 1, 'led\\u0067er': 2}", "line 1, column 13: write the key without escapes"),
    ("{a:\u{A0}1}", "line 1, column 4: expected a value, found U+00A0"),
    ("{a: 1,\n\u{2028}b: 2}", "line 2, column 1: expected a key, found U+2028"),
    ("{a: 1}\u{FEFF}", "line 1, column 7: U+FEFF follows the end of the value"),
  ])
  func `an error has its line and column`(text: String, problem: String) {
    #expect(self.problem(text) == problem)
  }

  @Test(arguments: [
    "{}", "[]", "{a: 1, 'b': [true, false, null,], \"c\": {},}",
    "// x\n{a: .5, b: -0x1F, c: +1e3, d: Infinity}",
    "{a: 'it\\'s', b: 'two \\\n lines', c: '\\\\'}", "/* x * / */ {$a_1: 'ü', ä: \"\\u00e4\"}",
    "\n\t{a: {a: {a: 1}}}\n",
    "{a: 'two \\\r\n lines'}",
  ])
  func `the scan accepts what the decoder accepts`(text: String) {
    #expect(isDecodable(text))
    #expect(problem(text) == nil)
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `no text traps, and the decoder rejects what the scan rejects`(seed: UInt64) {
    let pieces = [
      "{", "}", "[", "]", ":", ",", "a", "'b'", "\"", "'", "\\", "1", "/", "*", "//", "\n", "ü", " ",
    ]
    var generator = SplitMix64(seed: seed)
    for _ in 0..<50 {
      let text = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
        pieces.randomElement(using: &generator)
      }.joined()
      // The decoder takes a second key, and a line break within a text, which the specification does not allow.
      if let problem = problem(text), !problem.contains("twice"), !problem.contains("closing quote") {
        #expect(!isDecodable(text), "\(text.debugDescription): \(problem)")
      }
    }
  }

  @Test func `deep nesting is an error`() {
    #expect(problem(String(repeating: "[", count: 100_000))?.contains("levels of nesting") == true)
  }
}
