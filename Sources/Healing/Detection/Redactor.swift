/// Removes secrets from text before it is stored, logged or sent. The one place that knows what a secret
/// looks like: bearer and basic credentials, passwords in URLs, `password=`-like pairs, well-known API key
/// forms, JSON web tokens and PEM blocks.
public enum Redactor {
  /// What stands where a secret stood.
  public static let mark = "[redacted]"

  /// The text without secrets, cut to at most `maximumLength` bytes.
  public static func redact(_ text: String, maximumLength: Int = 8_192) -> String {
    var text = text
    // What is cut off is never looked at, so a secret cannot be half removed at the border: cut last.
    let redacted = text.withUTF8 { bytes -> String? in
      var scan = SecretScan(bytes: bytes)
      return scan.run()
    }
    return cut(redacted ?? text, to: maximumLength)
  }

  /// Every value without secrets; a value whose key names a secret goes as a whole.
  public static func redact(_ metadata: [String: String]) -> [String: String] {
    guard !metadata.isEmpty else { return metadata }
    return Dictionary(
      uniqueKeysWithValues: metadata.map { key, value in
        (key, SecretScan.isSecretKey(key.utf8) ? mark : redact(value))
      })
  }

  private static func cut(_ text: String, to maximumLength: Int) -> String {
    guard text.utf8.count > maximumLength else { return text }
    let end = text.utf8.index(text.startIndex, offsetBy: maximumLength)
    return String(text[..<(text.rangeOfCharacter(endingBefore: end))]) + "…"
  }
}

extension String {
  /// The last character boundary at or before a position that may lie inside a character.
  fileprivate func rangeOfCharacter(endingBefore position: Index) -> Index {
    position.samePosition(in: unicodeScalars) ?? unicodeScalars.index(before: position)
  }
}
