import Foundation
import Healing

/// JSON for people and programs: indented, with sorted keys, and with the control characters of terminals escaped.
enum PrettyJSON {
  static func text(
    of value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = keys
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    // The encoder prints a blank line in an empty array or object. A string has no line break of its own.
    let compact = text.replacing(/(?<open>[\[{])\n\n *(?<close>[\]}])/) { "\($0.open)\($0.close)" }
    return TerminalText.json(compact) + "\n"
  }
}
