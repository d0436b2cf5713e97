import Foundation
import Synchronization

/// What holds for every value of an error's type. A look-up costs less than a cast that fails.
final class ErrorTraits: Sendable {
  /// The type's name, qualified.
  let name: String
  /// Whether the type is a class, such as `NSError`.
  let isClass: Bool
  /// Whether ``KnownErrorTypes`` has a verdict or a message for the type.
  let isKnown: Bool
  /// Whether the type is a ``SelfClassifyingError``.
  let isSelfClassifying: Bool
  /// Whether the type is a `LocalizedError`.
  let isLocalized: Bool
  /// Whether a value of the type may hold another error.
  let canHoldErrors: Bool

  /// Types past this number are examined each time: generic types can be without end.
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
    isSelfClassifying = error is any SelfClassifyingError
    isLocalized = error is any LocalizedError
    canHoldErrors = WrappedErrors.canHold(error)
  }
}
