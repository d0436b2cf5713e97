import HealingServer
import Healing
import Foundation

/// A file with a token in it and nothing else.
struct TokenFile {
  let path: String

  /// - Throws: ``UsageError`` that names the file, never what is in it.
  func read() throws -> GivenToken {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): the token cannot be read")
    }
    return try GivenToken(String(decoding: data, as: UTF8.self), from: path)
  }
}

/// A token, and where it was given.
struct GivenToken {
  let token: AccessToken
  /// A path, or the name of a variable.
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
    // As AccessToken takes it: without blanks and control characters around it.
    self.text = String(decoding: text.utf8.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }, as: UTF8.self)
  }
}
