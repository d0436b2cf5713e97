/// Finds syntax errors of JSON5 with their place, and duplicate keys. Foundation's decoder reports neither.
struct JSON5Scan {
  /// An error with its place in the text.
  struct Problem: Error, CustomStringConvertible {
    /// Line and column from 1; the column counts characters.
    let line: Int
    let column: Int
    let words: String

    var description: String { "line \(line), column \(column): \(words)" }
  }

  private static let deepest = 512
  /// The white space that Foundation's decoder accepts; JSON5 allows more.
  private static let blanks = "\t\n\u{B}\u{C}\r ".unicodeScalars
  private let text: [Unicode.Scalar]
  private var position = 0

  /// - Throws: the first ``Problem`` of the text.
  static func check(_ text: String) throws(Problem) {
    var scan = JSON5Scan(text: Array(text.unicodeScalars))
    if scan.current == "\u{FEFF}" { scan.position += 1 }
    try scan.skipBlanks()
    try scan.value(depth: 0)
    try scan.skipBlanks()
    if let rest = scan.current { throw scan.problem("\(shown(rest)) follows the end of the value") }
  }

  private init(text: [Unicode.Scalar]) { self.text = text }

  private var current: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private func problem(_ words: String, at place: Int? = nil) -> Problem {
    let before = text[..<min(place ?? position, text.count)]
    let line = before.count { $0 == "\n" } + 1
    let start = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
    let head = String(String.UnicodeScalarView(before[start...]))
    return Problem(line: line, column: head.count + 1, words: words)
  }

  private func expected(_ what: String) -> Problem {
    problem("expected \(what), " + (current.map { "found \(Self.shown($0))" } ?? "but the text ends"))
  }

  /// Returns a character for a message, or its code point when it is invisible.
  private static func shown(_ scalar: Unicode.Scalar) -> String {
    let isSeen =
      scalar.isASCII ? scalar.value >= 0x20 && scalar.value != 0x7F : scalar.properties.isXIDContinue
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return isSeen ? "'\(scalar)'" : "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
  }

  private mutating func skipBlanks() throws(Problem) {
    while let scalar = current {
      if scalar == "/" {
        try skipComment()
      } else if Self.blanks.contains(scalar) {
        position += 1
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws(Problem) {
    let start = position
    position += 1
    switch current {
    case "/":
      while let scalar = current, scalar != "\n", scalar != "\r" { position += 1 }
    case "*":
      position += 1
      while !(current == "*" && position + 1 < text.count && text[position + 1] == "/") {
        guard current != nil else { throw problem("the comment has no end", at: start) }
        position += 1
      }
      position += 2
    default: throw problem("'/' does not begin a comment", at: start)
    }
  }

  private mutating func value(depth: Int) throws(Problem) {
    guard depth < Self.deepest else { throw problem("more than \(Self.deepest) levels of nesting") }
    switch current {
    case "{": try object(depth: depth)
    case "[": try list(depth: depth)
    case "\"", "'": _ = try string()
    default: try word()
    }
  }

  private mutating func object(depth: Int) throws(Problem) {
    position += 1
    var keys: Set<String> = []
    while true {
      try skipBlanks()
      if current == "}" { break }
      let start = position
      let key = try key()
      guard !key.contains("\\") else { throw problem("write the key without escapes", at: start) }
      guard keys.insert(key).inserted else { throw problem("the key \(key) is given twice", at: start) }
      try skipBlanks()
      guard current == ":" else { throw expected("a colon") }
      position += 1
      try skipBlanks()
      try value(depth: depth + 1)
      try skipBlanks()
      if current == "," { position += 1 } else if current != "}" { throw expected("a comma or '}'") }
    }
    position += 1
  }

  private mutating func list(depth: Int) throws(Problem) {
    position += 1
    while true {
      try skipBlanks()
      if current == "]" { break }
      try value(depth: depth + 1)
      try skipBlanks()
      if current == "," { position += 1 } else if current != "]" { throw expected("a comma or ']'") }
    }
    position += 1
  }

  private mutating func key() throws(Problem) -> String {
    if current == "\"" || current == "'" { return try string() }
    let name = takeWord()
    guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else { throw expected("a key") }
    return name
  }

  /// Scans a number or a literal.
  private mutating func word() throws(Problem) {
    let start = position
    if let sign = current, sign == "+" || sign == "-" { position += 1 }
    let word = takeWord(with: ".+-")
    guard !word.isEmpty else { throw expected("a value") }
    let isName = ["true", "false", "null", "Infinity", "NaN"].contains(word)
    let isNumber = word.unicodeScalars.first.map { ("0"..."9").contains($0) || $0 == "." } ?? false
    guard isName || isNumber else { throw problem("\(word) is not a value; text needs quotes", at: start) }
  }

  private mutating func takeWord(with signs: String = "") -> String {
    var word = String.UnicodeScalarView()
    while let scalar = current,
      scalar.properties.isXIDContinue || scalar == "$" || signs.unicodeScalars.contains(scalar)
    {
      word.append(scalar)
      position += 1
    }
    return String(word)
  }

  /// Scans a string.
  /// - Returns: its text with escapes unchanged.
  private mutating func string() throws(Problem) -> String {
    let (start, quote) = (position, current)
    position += 1
    while let scalar = current, scalar != quote {
      if scalar == "\n" || scalar == "\r" { break }
      position += 1
      guard scalar == "\\" else { continue }
      // An escaped quote does not end the string, and an escaped line break does not end the line.
      position += text[min(position, text.count)...].starts(with: "\r\n".unicodeScalars) ? 2 : 1
    }
    guard current == quote else { throw problem("the text has no closing quote", at: start) }
    position += 1
    return String(String.UnicodeScalarView(text[(start + 1)..<(position - 1)]))
  }
}
