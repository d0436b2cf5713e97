/// Looks over the bytes of a JSON text, once, before it is parsed: what nests deep, has many values or long names costs
/// the parser far more than its length.
package struct JSONShape {
  /// Arrays and objects within each other.
  static let deepest = 32
  /// Values, those within arrays and objects included. What a request is made of is 4,000 at most.
  static let mostValues = 20_000
  /// Bytes of a name, as they are sent. Comparing names takes time by the square of their accents.
  static let longestName = 1_024

  /// What it is refused for; `nil` when a parser may have it. That it is JSON at all is for the parser to find.
  package static func problem(of text: [UInt8]) -> Problem? {
    var (depth, values, index, string) = (0, 1, 0, 0)
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
        guard string <= longestName else {
          return Problem(422, "the body has a name of more than \(longestName) bytes")
        }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        (depth, values) = (depth + 1, values + 1)
        guard depth <= deepest else {
          return Problem(
            400,
            "the body is nested more than \(deepest) deep; send fewer arrays and objects within each other")
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): values += 1
      // UTF-16 and UTF-32, which read differently, are no JSON that is sent to others (RFC 8259, 8.1).
      case 0: return Problem(400, "the body is not valid JSON in UTF-8")
      default: break
      }
      guard values <= mostValues else {
        return Problem(413, "the body has more than \(mostValues) values; send it in parts")
      }
      index += 1
    }
    return nil
  }
}
