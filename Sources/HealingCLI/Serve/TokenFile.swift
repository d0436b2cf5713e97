import Foundation
import HealingServer

/// A file with a token in it and nothing else.
struct TokenFile {
  let path: String

  /// - Throws: ``UsageError`` that names the file, never what is in it.
  func read() throws -> AccessToken {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("\(path): the token cannot be read")
    }
    guard let token = AccessToken(String(decoding: data, as: UTF8.self)) else {
      throw UsageError(
        "\(path): a token is \(AccessToken.minimumLength) or more letters, digits and signs, without blanks")
    }
    return token
  }
}
