import HealingServer
import Healing
import Foundation

/// A file that contains only a token.
struct TokenFile {
  let path: String

  /// - Throws: ``UsageError`` that names the file, never its content.
  func read() throws -> GivenToken {
    try GivenToken(String(decoding: InputFile.read(path, "the token"), as: UTF8.self), from: path)
  }
}

/// A token and its source.
struct GivenToken {
  let token: AccessToken
  /// A file path, or the name of an environment variable.
  let source: String
  /// The secret, for comparing.
  let text: String

  /// - Throws: ``UsageError`` that names the source, never the token.
  init(_ text: String, from source: String) throws {
    guard let token = AccessToken(text) else {
      throw UsageError(
        "\(source): a token is \(AccessToken.minimumLength) or more letters, digits and signs, without blanks"
      )
    }
    self.token = token
    self.source = source
    // Without surrounding blanks and control characters, as in `AccessToken`.
    self.text = String(decoding: text.utf8.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }, as: UTF8.self)
  }
}
