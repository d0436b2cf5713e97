/// Looks over the bytes of a JSON text, once, before it is parsed: what nests deep, has many values or long names costs
/// the parser far more than its length. It also finds what the parser lets through: a comma behind the last element
/// (swift-corelibs-foundation), and, with ``names``, a name that an object has twice.
package struct JSONShape {
  /// Arrays and objects within each other.
  static let deepest = 32
  /// Values, those within arrays and objects included. What a request is made of is 4,002 at most. The parser takes up to 1.5 kB
  /// of memory for each.
  static let mostValues = 5_000
  /// Bytes of a name, as they are sent. Comparing names takes time by the square of their accents.
  static let longestName = 1_024

  /// Names of all objects together.
  let names: Int

  /// What a text is refused for; `nil` when a parser may have it.
  package static func problem(of text: [UInt8]) -> Problem? {
    do throws(Problem) {
      _ = try JSONShape(of: text)
      return nil
    } catch {
      return error
    }
  }

  /// - Throws: 400, 413 or 422. That the text is JSON at all is for the parser to find.
  package init(of text: [UInt8]) throws(Problem) {
    var (depth, values, index, string, names) = (0, 1, 0, 0, 0)
    // The last byte but white space, outside of strings.
    var last: UInt8 = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while index < text.count, text[index] != UInt8(ascii: "\"") {
          index += text[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        string = index - start - 1
      case UInt8(ascii: ":"):
        names += 1
        guard string <= Self.longestName else {
          throw Problem(422, "the body has a name of more than \(Self.longestName) bytes")
        }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        (depth, values) = (depth + 1, values + 1)
        guard depth <= Self.deepest else {
          throw Problem(
            400,
            "the body is nested more than \(Self.deepest) deep; send fewer arrays and objects within each other"
          )
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        guard last != UInt8(ascii: ",") else {
          throw Problem(400, "the body is not valid JSON: a comma stands before a closing bracket")
        }
      case UInt8(ascii: ","): values += 1
      // UTF-16 and UTF-32, which read differently, are no JSON that is sent to others (RFC 8259, 8.1).
      case 0: throw Problem(400, "the body is not valid JSON in UTF-8")
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        index += 1
        continue
      default: break
      }
      guard values <= Self.mostValues else {
        throw Problem(413, "the body has more than \(Self.mostValues) values; send it in parts")
      }
      last = index < text.count ? text[index] : 0
      index += 1
    }
    self.names = names
  }
}
