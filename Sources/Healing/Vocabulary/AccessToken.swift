/// A secret that a client has to send. Never printed.
public struct AccessToken: Sendable, CustomStringConvertible {
  /// The fewest characters a token may have.
  public static let minimumLength = 16
  private let bytes: [UInt8]

  /// Takes a token from text that was read from a file or the environment.
  /// `nil` when it is shorter than ``minimumLength``, or has blanks or control characters other than around it.
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

  /// The secret itself, for sending.
  package var secret: String { String(decoding: bytes, as: UTF8.self) }

  /// Compares in a time that depends on the length of `candidate` only.
  package func matches(_ candidate: Substring) -> Bool {
    var difference = candidate.utf8.count ^ bytes.count
    var position = 0
    for byte in candidate.utf8 {
      difference |= Int(byte ^ bytes[position])
      position = position + 1 == bytes.count ? 0 : position + 1
    }
    return difference == 0
  }

  /// Says nothing.
  public var description: String { "AccessToken" }
}
