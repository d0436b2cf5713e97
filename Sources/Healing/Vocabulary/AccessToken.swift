/// A secret that a client must send. It is never printed.
public struct AccessToken: Sendable, CustomStringConvertible {
  /// Minimum number of characters of a token.
  public static let minimumLength = 16
  private let bytes: [UInt8]

  /// Creates a token from text of a file or the environment; surrounding white space is removed.
  /// `nil` when the token is shorter than ``minimumLength`` or has a character other than visible ASCII.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    let isBlank = { (byte: UInt8) in byte <= 0x20 }
    guard let first = bytes.firstIndex(where: { !isBlank($0) }),
      let last = bytes.lastIndex(where: { !isBlank($0) })
    else { return nil }
    let token = bytes[first...last]
    guard token.count >= Self.minimumLength, token.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.bytes = Array(token)
  }

  /// The secret, for sending.
  package var secret: String { String(decoding: bytes, as: UTF8.self) }

  /// Compares in time that depends only on the length of `candidate`.
  package func matches(_ candidate: Substring) -> Bool {
    var difference = candidate.utf8.count ^ bytes.count
    var position = 0
    for byte in candidate.utf8 {
      difference |= Int(byte ^ bytes[position])
      position = position + 1 == bytes.count ? 0 : position + 1
    }
    return difference == 0
  }

  /// The type's name, without the secret.
  public var description: String { "AccessToken" }
}
