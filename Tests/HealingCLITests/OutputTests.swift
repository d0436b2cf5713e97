import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI
import HealingServer

/// The program's output of foreign texts.
@Suite struct OutputTests {
  /// Whatever forges rows or columns, steers a terminal or runs in a spreadsheet.
  private static let nasty: [String] = [
    ",", "\"", "\r", "\n", "\r\n", ",\u{301}", "\"\u{301}", "\n\u{301}", "\u{301}", "=", "+", "-", "@", "\t",
    ";", "'",
    "\u{1B}[2J", "\u{9B}2J", "\u{85}", "\u{7F}", "\u{0}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{200B}", "a",
    "1", ".",
    " ", "\u{1F468}\u{200D}\u{1F469}", "\u{FF1D}", "e", "\u{212A}",
  ]

  private func texts(seed: UInt64, _ count: Int) -> [String] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        Self.nasty.randomElement(using: &generator) ?? ""
      }.joined()
    }
  }

  /// Strictly by the grammar of RFC 4180; `nil` when the text is none of its files.
  private func parse(csv text: String) -> [[String]]? {
    var (rows, row, field): ([[String]], [String], [UInt8]) = ([], [], [])
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      if bytes.first == UInt8(ascii: "\"") {
        bytes.removeFirst()
        while true {
          guard let byte = bytes.popFirst() else { return nil }
          if byte == UInt8(ascii: "\"") {
            guard bytes.first == byte else { break }
            bytes.removeFirst()
          }
          field.append(byte)
        }
      } else {
        while let byte = bytes.first, !",\r\n\"".utf8.contains(byte) {
          field.append(byte)
          bytes.removeFirst()
        }
      }
      row.append(String(decoding: field, as: UTF8.self))
      field = []
      if bytes.starts(with: "\r\n".utf8) {
        bytes.removeFirst(2)
        rows.append(row)
        row = []
      } else if bytes.popFirst() != UInt8(ascii: ",") {
        return nil
      }
    }
    return row.isEmpty ? rows : nil
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `any text is one field of CSV, and never a formula`(seed: UInt64) throws {
    let texts = texts(seed: seed, 12)
    let table = Table(
      columns: ["a", "b", "c"],
      rows: stride(from: 0, to: 12, by: 3).map { texts[$0..<($0 + 3)].map(Cell.text) })
    let rows = try #require(parse(csv: try table.render(.csv)))
    #expect(rows.count == 5 && rows.allSatisfy { $0.count == 3 })
    for (text, field) in zip(texts, rows.dropFirst().joined()) {
      let shown = TerminalText.lines(text)
      #expect(Array(field.utf8) == Array(shown.utf8) || Array(field.utf8) == Array("'\(shown)".utf8))
      if let first = field.unicodeScalars.first, "=+-@\t\r\n".unicodeScalars.contains(first) {
        #expect(Double(field) != nil, "\(field.debugDescription)")
      }
    }
  }

  @Test func `numbers stay numbers`() throws {
    let cells: [Cell] = [
      .integer(-5), .real(-0.5), .text("-12.5"), .text("+3"), .text("-1+1"), .text("+x"), .text("-"),
      .text("1e5"),
      .text("-inf"), .real(1_000), .flag(true), .none,
    ]
    #expect(
      CSV.line(cells) == "-5,-0.5,-12.5,+3,\"'-1+1\",\"'+x\",\"'-\",1e5,\"'-inf\",1000,true,\r\n")
  }

  @Test(arguments: [
    (0, "0 s"), (1, "1 s"), (294_623, "4 min 55 s"), (60_000, "1 min 0 s"), (7_260_000, "2 h 1 min"),
    (90_000_000, "1 d 1 h"), (-5, "0 s"),
  ])
  func `a wait is printed in its two largest units`(milliseconds: Int, text: String) {
    #expect(DurationText.of(.milliseconds(milliseconds)) == text)
  }

  @Test func `JSON has no blank line in an empty array`() throws {
    #expect(try PrettyJSON.text(of: [String]()) == "[]\n")
    let nested = ["a": [[String]](), "b": [["[\n\n]"], []]]
    let text = try PrettyJSON.text(of: nested)
    #expect(text.contains("\"a\" : []") && !text.contains("\n\n"), "\(text)")
    #expect(try JSONDecoder().decode([String: [[String]]].self, from: Data(text.utf8)) == nested)
  }

  @Test(arguments: 0..<100 as Range<UInt64>)
  func `control characters are not printed, and JSON escapes them`(seed: UInt64) throws {
    let texts = texts(seed: seed, 8)
    let table = Table(columns: ["x"], rows: texts.map { [.text($0)] })
    for format in OutputFormat.allCases {
      let bad = try table.render(format).unicodeScalars.filter {
        !TerminalText.isHarmless($0) && !"\r\n\t".unicodeScalars.contains($0)
      }
      #expect(bad.isEmpty, "\(format): \(bad)")
    }
    #expect(try table.render(.table).utf8.count { $0 == UInt8(ascii: "\n") } == texts.count + 2)
    #expect(!(try table.render(.table)).unicodeScalars.contains { $0 == "\r" || $0 == "\t" })
    let rows = try JSONDecoder().decode([[String: String]].self, from: Data(try table.render(.json).utf8))
    #expect(rows.map { Array(($0["x"] ?? "?").utf8) } == texts.map { Array($0.utf8) })
  }

  @Test func `harmless text is printed unchanged`() {
    let harmful: [Unicode.Scalar] = [
      "\u{0}", "\u{7}", "\u{1B}", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}", "\u{9F}", "\u{61C}", "\u{200E}",
      "\u{200F}",
      "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}", "\u{2067}", "\u{2068}",
      "\u{2069}", "\u{2028}",
      "\u{2029}", "\u{FEFF}", "\u{E0041}",
    ]
    #expect(harmful.allSatisfy { !TerminalText.isHarmless($0) })
    #expect("aä€שלום日本 ~\u{301}\u{200D}\u{1F600}".unicodeScalars.allSatisfy(TerminalText.isHarmless))
  }

  @Test func `a character of a million marks is cut`() throws {
    let text = "a" + String(repeating: "\u{301}", count: 1_000_000)
    #expect(try Table(columns: ["x"], rows: [[.text(text)]]).render(.table).utf8.count < 2_000)
  }
}
