/// Removes secrets from text before it is stored, logged or sent. It is the only place that decides what a secret
/// is: bearer and basic credentials, passwords in URLs, `password=`-like pairs, headers and flags, well-known API
/// key forms, JSON web tokens and PEM blocks.
///
/// Redaction is idempotent, so a text read from a ledger equals the text written.
public enum Redactor {
  /// The text that replaces a secret.
  public static let mark = "[redacted]"
  /// Maximum length of a name (operation, request id, user id, type) in bytes. Longer names are cut.
  public static let maximumNameLength = 512

  /// Returns the text without secrets, cut to at most `maximumLength` bytes. Of a text of more than 64 kB (65,536
  /// bytes) at most the first 60 kB are kept.
  public static func redact(_ text: String, maximumLength: Int = 8_192) -> String {
    var text = text
    // Redaction precedes cutting, so no part of a secret remains at the border.
    let redacted = text.withUTF8 { bytes -> String? in
      let isCut = bytes.count > TextWindow.length
      return SecretScan.run(TextWindow.bytes(bytes), isCut: isCut).map { isCut ? $0 + ellipsis : $0 }
    }
    return cut(redacted ?? text, to: maximumLength)
  }

  /// Returns the metadata without secrets. A value whose key names a secret is replaced whole.
  public static func redact(_ metadata: [String: String]) -> [String: String] {
    guard !metadata.isEmpty else { return metadata }
    return metadata.reduce(into: [:]) { result, entry in
      result[redact(entry.key)] =
        SecretNames.isSecret(entry.value, under: entry.key) ? mark : redact(entry.value)
    }
  }

  /// Redacts a short text that names an operation, a request, a user or a type.
  static func redactName(_ name: String) -> String { redact(name, maximumLength: maximumNameLength) }

  private static let ellipsis = "…"

  private static func cut(_ text: String, to maximumLength: Int) -> String {
    guard text.utf8.count > maximumLength else { return text }
    let room = max(0, maximumLength - ellipsis.utf8.count)
    var end = text.utf8.index(text.startIndex, offsetBy: room)
    // The position may be inside a character.
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end]) + ellipsis
  }
}
