import Foundation
import Synchronization

/// Properties shared by all values of an error type, cached because a lookup costs less than a failing cast.
final class ErrorTraits: Sendable {
  /// The qualified type name.
  let name: String
  /// Whether the type is a class, such as `NSError`.
  let isClass: Bool
  /// Whether ``KnownErrorTypes`` has a verdict or a message for the type.
  let isKnown: Bool
  /// Whether the type is Foundation's `URLError`, known by its name.
  let isURLError: Bool
  /// Whether the type reports, by its name, a reply that could not be decoded.
  let isDecodingError: Bool
  /// Whether the type is a ``SelfClassifyingError``.
  let isSelfClassifying: Bool
  /// Whether the type is a `LocalizedError`.
  let isLocalized: Bool
  /// Whether a value of the type may contain another error.
  let canHoldErrors: Bool

  /// Whether only the words of type and message decide, if the error wraps no other.
  var isDecidedByWords: Bool {
    !isClass && !isKnown && !isURLError && !isDecodingError && !isSelfClassifying
  }

  /// Maximum number of cached types, because generic types are unlimited. Further types are examined each time.
  private static let limit = 4_096
  private static let memo = Lock<[ObjectIdentifier: ErrorTraits]>([:])

  static func of(_ error: any Error) -> ErrorTraits {
    let type = ObjectIdentifier(type(of: error))
    if let traits = memo.withLock({ $0[type] }) { return traits }
    let traits = ErrorTraits(error)
    memo.withLock { if $0.count < limit { $0[type] = traits } }
    return traits
  }

  private init(_ error: any Error) {
    let type = type(of: error)
    name = _typeName(type, qualified: true)
    isClass = type is AnyClass
    isKnown = KnownErrorTypes.isKnown(type)
    isURLError = URLErrorRules.typeNames.contains(name) && error is any CustomNSError
    isDecodingError = Self.namesDecoding(name)
    isSelfClassifying = error is any SelfClassifyingError
    isLocalized = error is any LocalizedError
    canHoldErrors = WrappedErrors.canHold(error)
  }

  /// Whether a type is named as the errors of decoders are: `BinaryDecodingError`, `AvroDecodeError`,
  /// `DeserializationError`, `XMLParserError`.
  private static func namesDecoding(_ name: String) -> Bool {
    let last = name.prefix { $0 != "<" }.split(separator: ".").last ?? ""
    return ["DecodingError", "DecodeError", "DeserializationError", "XMLParserError", "JSONParserError"]
      .contains { last.hasSuffix($0) }
  }
}
