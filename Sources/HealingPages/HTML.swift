import Healing

/// Markup that is escaped by construction: elements and attributes have fixed names, and every text is escaped.
///
/// There is no way to make markup from text. No attribute takes an address or a script, so a text of the ledger cannot become one.
public struct HTML: Sendable, Hashable {
  /// The elements that pages use.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Element: String, Sendable, CaseIterable {
    case article, body, caption, circle, code, div, footer, g, h1, h2, h3, head, header, html, li, line, main,
      ol,
      p, polyline, rect, section, small, span, strong, svg, table, tbody, td, text, th, thead, time, title,
      tr, ul

    /// Whether the element lies in a line of text: no line break follows it.
    fileprivate var isInline: Bool {
      switch self {
      case .code, .small, .span, .strong, .time, .title, .td, .th, .text: true
      default: false
      }
    }
  }

  /// The attributes that pages use. None of them takes an address, a style or a script.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Attribute: String, Sendable, CaseIterable {
    case ariaLabel = "aria-label"
    case cx, cy, datetime, height, id, lang, points, r, role, scope, viewBox, width, x, x1, x2, y, y1, y2,
      xmlns
    case name = "class"
    case textAnchor = "text-anchor"
  }

  /// The markup.
  public let markup: String

  private init(markup: String) { self.markup = markup }

  /// Nothing.
  public static let empty = HTML(markup: "")

  /// Returns a text, escaped.
  public static func text(_ text: String) -> HTML { HTML(markup: escaped(text)) }

  /// Returns several parts in order.
  public static func parts(_ parts: [HTML]) -> HTML { HTML(markup: parts.map(\.markup).joined()) }

  /// Returns an element.
  public static func element(
    _ element: Element, _ attributes: [(Attribute, String)] = [],
    @HTMLBuilder _ content: () -> HTML = { .empty }
  ) -> HTML {
    let list = attributes.map { " \($0.0.rawValue)=\"\(escaped($0.1))\"" }.joined()
    return HTML(
      markup:
        "<\(element.rawValue)\(list)>\(content().markup)</\(element.rawValue)>\(element.isInline ? "" : "\n")"
    )
  }

  /// Returns a whole document with a style sheet and without a script.
  /// - Parameter style: constant text of the program.
  public static func document(title: String, style: StaticString, @HTMLBuilder _ body: () -> HTML) -> HTML {
    HTML(
      markup: """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>\(escaped(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body().markup)</body>
        </html>

        """)
  }

  /// Returns a text that means itself, in an element and in an attribute. Control characters, and those that change the direction of
  /// text, become blanks or U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in TerminalText.line(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // U+FFFE, U+FFFF and the like are no characters, and end the reading of a document as XML.
      default: result.unicodeScalars.append(scalar.value & 0xFFFE == 0xFFFE ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}

/// Builds markup from parts: a text becomes escaped text.
@resultBuilder
public enum HTMLBuilder {
  /// Takes markup.
  public static func buildExpression(_ part: HTML) -> HTML { part }
  /// Takes a text and escapes it.
  public static func buildExpression(_ text: String) -> HTML { .text(text) }
  /// Joins parts.
  public static func buildBlock(_ parts: HTML...) -> HTML { .parts(parts) }
  /// Joins the parts of a loop.
  public static func buildArray(_ parts: [HTML]) -> HTML { .parts(parts) }
  /// Takes a part that may be missing.
  public static func buildOptional(_ part: HTML?) -> HTML { part ?? .empty }
  /// Takes one of two parts.
  public static func buildEither(first part: HTML) -> HTML { part }
  /// Takes one of two parts.
  public static func buildEither(second part: HTML) -> HTML { part }
}
