import Foundation
import FoundationXML
import Healing
import HealingPages
import HealingTestSupport
import Testing

/// No text of the ledger becomes markup, whatever it is.
@Suite struct PostMortemPageTests {
  /// Texts that break out of an element, an attribute, a comment, a table or a span of code, if they can.
  private static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='alert(1)",
    "</title><script>",
    "</style><script>", "<!--", "-->", "]]>", "&lt;script&gt;", "&#60;script&#62;", "javascript:alert(1)",
    "| a | b |\n| --- | --- |", "# heading\n\n<b>", "[link](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "```\n<script>", "`code` **bold** _em_ ~~gone~~", "http://evil.example", "@everyone", "\u{202E}gpj.exe",
    "\u{0}\u{7}\u{1B}[31m",
    "\\| \\` \\<", "<svg/onload=alert(1)>", "{{7*7}}${7*7}", "a&b<c>d\"e'f",
  ]

  /// Reads a page as XML, which fails for anything that is not well formed.
  private final class Reader: NSObject, XMLParserDelegate {
    var elements: Set<String> = []
    var attributes: Set<String> = []
    var text = ""

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.insert(name)
      self.attributes.formUnion(attributes.keys)
    }
    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
  }

  private func read(_ html: String) throws -> Reader {
    // The head has the elements of HTML that are not closed; they are constant.
    let xml = html.replacing(/<(meta [^>]*)>/) { "<\($0.1)/>" }.replacing("<!DOCTYPE html>\n", with: "")
    let reader = Reader()
    let parser = XMLParser(data: Data(xml.utf8))
    parser.delegate = reader
    let isRead = parser.parse()
    try #require(isRead, "\(parser.parserError.map { "\($0)" } ?? "") in line \(parser.lineNumber)")
    return reader
  }

  @Test func `hostile texts are text in the page`() throws {
    let plain = try read(PostMortemPage.html(.hostile("plain")))
    let allowed = Set(HTML.Element.allCases.map(\.rawValue)).union(["meta", "style"])
    #expect(plain.elements.isSubset(of: allowed) && plain.elements.contains("polyline"))
    for text in Self.hostile {
      let page = PostMortemPage.html(.hostile(text))
      let found = try read(page)
      #expect(found.elements == plain.elements, "\(text)")
      #expect(found.attributes == plain.attributes, "\(text)")
      // The text itself is there, in one line.
      let shown = TerminalText.line(text)
      #expect(found.text.contains(shown), "\(text)")
    }
    let page = PostMortemPage.html(.hostile("plain"))
    for word in ["<script", "<a ", "href", "src=", "style=", "onload", "http-equiv=\"refresh"] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `random texts are text in the page`() throws {
    var random = SplitMix64(seed: 11)
    let parts: [Character] = Array("<>&\"'`|\\/*_-#![](){}:=;@ \n\t\0a1é\u{202E}\u{FFFE}")
    let plain = try read(PostMortemPage.html(.hostile("plain")))
    for round in 0..<20 {
      let text = String((0..<24).map { _ in parts.randomElement(using: &random) ?? "<" })
      let found = try read(PostMortemPage.html(.hostile(text)))
      #expect(found.elements == plain.elements && found.attributes == plain.attributes, "\(round): \(text)")
    }
  }

  /// The page without its block of code, in which nothing is markup.
  private static func withoutChart(_ page: String) -> String {
    let parts = page.components(separatedBy: "```")
    return parts.count == 3 ? parts[0] + parts[2] : page
  }

  /// Returns the place of a tag, a link or an address; `nil` when the page has none.
  private static func hasMarkup(_ page: String) -> String? {
    let scalars = Array(page.unicodeScalars)
    for index in scalars.indices.dropFirst().dropLast(2) where scalars[index - 1] != "\\" {
      let next = scalars[index + 1]
      let isTag = scalars[index] == "<" && (next.properties.isAlphabetic || next == "/" || next == "!")
      let isLink = scalars[index] == "]" && (next == "(" || next == "[")
      let isAddress = scalars[index] == ":" && next == "/" && scalars[index + 2] == "/"
      if isTag || isLink || isAddress {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[max(0, index - 20)..<min(scalars.count, index + 20)])
        return String(text)
      }
    }
    return nil
  }

  @Test func `hostile texts are text in Markdown`() {
    let plain = PostMortemMarkdown.text(.hostile("plain"))
    func rows(_ text: String) -> [Int] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        guard line.hasPrefix("|") else { return 0 }
        var isEscaped = false
        return line.reduce(0) { count, character in
          defer { isEscaped = character == "\\" && !isEscaped }
          return count + (character == "|" && !isEscaped ? 1 : 0)
        }
      }
    }
    for text in Self.hostile {
      let page = PostMortemMarkdown.text(.hostile(text))
      #expect(rows(page).filter { $0 > 0 } == rows(plain).filter { $0 > 0 }, "\(text)")
      #expect(page.split(separator: "\n").count == plain.split(separator: "\n").count, "\(text)")
      #expect(Self.hasMarkup(Self.withoutChart(page)) == nil, "\(text)")
    }
  }

  @Test func `the draft for the public names no host, person, user or message`() throws {
    let secret = "q7zsecret"
    var draft = PostMortem.hostile(secret)
    // The names of components and incidents, releases and what people wrote as title, cause and action stay.
    draft.id = "2026-01-01-db-0000"
    (draft.title, draft.merged, draft.previous) = (nil, [], nil)
    let open = draft.redactedForPublic()
    let kinds = Set(open.notes.map(\.kind))
    #expect(kinds == [.title, .cause, .actionItem] && open.notes.allSatisfy { $0.actor == "operator" })
    #expect(
      open.users.isEmpty && open.endedBy == nil && open.differences.allSatisfy { $0.dimension != "host" })
    #expect(open.faults.allSatisfy { $0.message.isEmpty && $0.type.isEmpty })
    #expect(open.timeline.allSatisfy { $0.text.isEmpty && $0.actor == "operator" })
    #expect(open.overrides.allSatisfy { $0.note == nil && $0.actor == "operator" })
    #expect(
      [open.times.started, open.times.told ?? open.times.started].allSatisfy {
        $0.text == nil && $0.actor == nil
      })
  }

  @Test func `figures read alike everywhere`() {
    let text = PostMortemText(.hostile("db"))
    #expect(text.line.contains("lasted 5 min since 2026-01-01 00:00:00 UTC"))
    #expect(text.impact.rows[0].suffix(4) == ["70 %", "33.3 %", "1.5×", "70 %"])
    #expect(text.impact.rows.count == 1 && text.detection.rows.count == 7)
    #expect(text.releases.rows[0].last == "accused")
    #expect(text.prompts.wrong.contains { $0.hasPrefix("Retries of db made it worse") })
  }
}
