import Foundation
import Healing
import HealingSQLite

/// Lines of JSON, one a row. Control characters of terminals are escaped.
enum NDJSON {
  /// Appends a row with its table and the identity of its ledger.
  static func append(_ row: TransferRow, of table: TransferTable, ledger: String, to bytes: inout [UInt8]) {
    bytes += #"{"table":""#.utf8
    bytes += table.name.utf8
    bytes += #"","ledger":"#.utf8
    append(ledger, to: &bytes)
    for (column, value) in zip(table.columns, row.values) {
      bytes += ",\"".utf8
      bytes += column.name.utf8
      bytes += "\":".utf8
      append(value, column.kind, to: &bytes)
    }
    bytes += "}\n".utf8
  }

  private static func append(_ value: TransferValue, _ kind: TransferColumn.Kind, to bytes: inout [UInt8]) {
    switch (value, kind) {
    case (.null, .object): bytes += "{}".utf8
    case (.null, .list): bytes += "[]".utf8
    case (.null, _): bytes += "null".utf8
    case (.integer(let number), .id): append(String(number), to: &bytes)
    case (.integer(let number), .time):
      bytes.append(UInt8(ascii: "\""))
      ISO8601.append(Timestamp(microseconds: number), to: &bytes)
      bytes.append(UInt8(ascii: "\""))
    case (.integer(let number), .flag): bytes += (number != 0 ? "true" : "false").utf8
    case (.integer(let number), .word(let words)):
      append(words.indices.contains(Int(number)) ? words[Int(number)] : "unknown", to: &bytes)
    case (.integer(let number), .milliseconds): bytes += milliseconds(number).utf8
    case (.integer(let number), _): bytes += String(number).utf8
    case (.real(let number), _): bytes += (number.isFinite ? String(number) : "0").utf8
    case (.text(let text), .object):
      let object = decoded([String: String].self, text) ?? [:]
      bytes.append(UInt8(ascii: "{"))
      for (index, entry) in object.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(entry.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(entry.value, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    case (.text(let text), .list):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in (decoded([String].self, text) ?? []).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(item, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case (.text(let text), .counts):
      let counts = decoded([Int64].self, text)
      bytes += (counts.map { "[\($0.map(String.init).joined(separator: ","))]" } ?? "null").utf8
    case (.text(let text), _): append(text, to: &bytes)
    }
  }

  /// Returns milliseconds with all digits of the microseconds.
  static func milliseconds(_ microseconds: Int64) -> String {
    let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000)
    guard rest != 0 else { return String(whole) }
    let digits = String(rest.magnitude)
    var fraction = String(repeating: "0", count: 3 - digits.count) + digits
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return (microseconds < 0 && whole == 0 ? "-" : "") + "\(whole).\(fraction)"
  }

  private static func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? {
    try? JSONDecoder().decode(type, from: Data(text.utf8))
  }

  /// Appends a string with its quotes.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    var text = text
    let isPlain = text.withUTF8 { utf8 in
      utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    if isPlain {
      bytes += text.utf8
      return
    }
    // Escaping the characters beyond ASCII adds backslashes, so it comes last.
    var escaped: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): escaped += "\\\"".utf8
      case UInt8(ascii: "\\"): escaped += "\\\\".utf8
      case UInt8(ascii: "\n"): escaped += "\\n".utf8
      case UInt8(ascii: "\t"): escaped += "\\t".utf8
      case UInt8(ascii: "\r"): escaped += "\\r".utf8
      case ..<0x20:
        escaped += (byte < 0x10 ? "\\u000" : "\\u00").utf8
        escaped += String(byte, radix: 16).utf8
      default: escaped.append(byte)
      }
    }
    bytes += TerminalText.json(String(decoding: escaped, as: UTF8.self)).utf8
  }
}
