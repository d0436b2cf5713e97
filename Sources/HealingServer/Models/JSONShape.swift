/// Scans the bytes of a JSON text once before parsing. Deep nesting, many values or long names cost the parser
/// far more than the text's length suggests. The scan also finds errors that the parser accepts: a comma after
/// the last element (swift-corelibs-foundation) and, with ``names``, a duplicate name in an object.
package struct JSONShape {
  /// Maximum nesting depth of arrays and objects.
  static let deepest = 32
  /// Maximum number of values, including those within arrays and objects. A valid request has at most 4,002.
  /// The parser takes up to 1.5 kB of memory for each.
  static let mostValues = 5_000
  /// Maximum length of a name in bytes, as sent. Comparing names takes time quadratic in the number of
  /// combining marks.
  static let longestName = 1_024

  /// Number of names in all objects.
  let names: Int

  /// Returns why a text is rejected; `nil` when it may be parsed.
  package static func problem(of text: [UInt8]) -> ProblemDetails? {
    do throws(ProblemDetails) {
      _ = try JSONShape(of: text)
      return nil
    } catch {
      return error
    }
  }

  /// - Throws: 400, 413 or 422. Whether the text is valid JSON is for the parser to decide.
  package init(of text: [UInt8]) throws(ProblemDetails) {
    var (depth, values, index, string, names) = (0, 1, 0, 0, 0)
    // The last byte other than white space and strings' contents.
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
          throw ProblemDetails(422, "the body has a name of more than \(Self.longestName) bytes")
        }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        (depth, values) = (depth + 1, values + 1)
        guard depth <= Self.deepest else {
          throw ProblemDetails(
            400,
            "the body is nested more than \(Self.deepest) deep; send fewer arrays and objects within each other"
          )
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        guard last != UInt8(ascii: ",") else {
          throw ProblemDetails(
            400, "the body is not valid JSON near byte \(index): a comma precedes a closing bracket")
        }
      case UInt8(ascii: ","): values += 1
      // Rejects UTF-16 and UTF-32: JSON for interchange must be UTF-8 (RFC 8259, 8.1).
      case 0: throw ProblemDetails(400, "the body is not valid JSON in UTF-8")
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        index += 1
        continue
      default: break
      }
      guard values <= Self.mostValues else {
        throw ProblemDetails(413, "the body has more than \(Self.mostValues) values; send it in parts")
      }
      last = index < text.count ? text[index] : 0
      index += 1
    }
    self.names = names
  }
}
