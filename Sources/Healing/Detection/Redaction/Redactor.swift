/// Removes secrets from text before it is stored, logged or sent. The one place that decides what a secret is:
/// bearer and basic credentials, passwords in URLs, `password=`-like pairs, headers and flags, well-known API key
/// forms, JSON web tokens and PEM blocks.
///
/// Redacting twice changes nothing more, so that what is read back from a ledger equals what was written.
public enum Redactor {
  /// What stands where a secret stood.
  public static let mark = "[redacted]"
  /// Longer names (operations, request and user ids, types) are cut here.
  public static let maximumNameLength = 512

  /// The text without secrets, cut to at most `maximumLength` bytes. Of a text of more than 64 kB (65,536 bytes) the
  /// first 60 kB at most are kept.
  public static func redact(_ text: String, maximumLength: Int = 8_192) -> String {
    var text = text
    // What is cut off is looked at first, so a secret cannot be half removed at the border.
    let redacted = text.withUTF8 { bytes -> String? in
      let isCut = bytes.count > TextWindow.length
      return SecretScan.run(TextWindow.bytes(bytes), isCut: isCut).map { isCut ? $0 + ellipsis : $0 }
    }
    return cut(redacted ?? text, to: maximumLength)
  }

  /// Every value without secrets; a value whose key names a secret goes as a whole.
  public static func redact(_ metadata: [String: String]) -> [String: String] {
    guard !metadata.isEmpty else { return metadata }
    return metadata.reduce(into: [:]) { result, entry in
      result[redact(entry.key)] =
        SecretNames.isSecret(entry.value, under: entry.key) ? mark : redact(entry.value)
    }
  }

  /// A short text that names something: an operation, a request, a user, a type.
  static func redactName(_ name: String) -> String { redact(name, maximumLength: maximumNameLength) }

  private static let ellipsis = "…"

  private static func cut(_ text: String, to maximumLength: Int) -> String {
    guard text.utf8.count > maximumLength else { return text }
    let room = max(0, maximumLength - ellipsis.utf8.count)
    var end = text.utf8.index(text.startIndex, offsetBy: room)
    // The position may lie inside a character.
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end]) + ellipsis
  }
}
