import Foundation

/// Verdicts by Swift type: errors of the toolchain and of this library.
enum KnownErrorTypes {
  /// Returns the verdict on an error by its own type, without its wrapped errors; `nil` for a type without a
  /// verdict.
  static func classify(_ error: any Error, _ traits: ErrorTraits) -> ErrorClassification? {
    if traits.isClass { return classifyBridged(error as NSError) }
    if traits.isURLError {
      return (error as? any CustomNSError).flatMap { URLErrorRules.classify($0.errorCode) }
    }
    if traits.isDecodingError { return decoding }
    guard traits.isKnown else { return nil }
    switch error {
    case is CancellationError:
      return .cancellation(rule: "type.cancellation")
    case let error as CircuitOpenError:
      return ErrorClassification(
        category: .api, isTransient: false, rule: "type.circuit_open", retryAfter: error.retryAfter,
        isLocalRejection: true)
    case is BulkheadFullError:
      return ErrorClassification(
        category: .resource, isTransient: true, rule: "type.bulkhead_full", isLocalRejection: true)
    case is InvalidOptionError, is InvalidComponentNameError:
      return ErrorClassification(category: .configuration, rule: "type.invalid_option")
    case let error as LedgerError:
      return classify(error)
    case is DecodingError:
      return decoding
    case is EncodingError:
      return ErrorClassification(category: .validation, rule: "type.encoding")
    case let error as POSIXError:
      return POSIXErrorRules.classify(error.code.rawValue)
    case let error as CocoaError:
      return classify(error)
    default:
      return nil
    }
  }

  /// A reply that cannot be decoded is a failure of the dependency.
  private static let decoding = ErrorClassification(category: .api, isTransient: false, rule: "type.decoding")

  /// Value types that have a verdict or a message here.
  private static let types: [ObjectIdentifier] = [
    CancellationError.self, CircuitOpenError.self, BulkheadFullError.self, InvalidOptionError.self,
    InvalidComponentNameError.self, LedgerError.self, DecodingError.self, EncodingError.self,
    POSIXError.self, CocoaError.self,
  ].map { (type: any Error.Type) in ObjectIdentifier(type) }

  /// Returns whether values of a type have a verdict or a message here.
  static func isKnown(_ type: any Error.Type) -> Bool { types.contains(ObjectIdentifier(type)) }

  private static func classify(_ error: LedgerError) -> ErrorClassification? {
    let rule = "ledger.\(error.code)"
    return switch error.code {
    case .busy: ErrorClassification(category: .database, isTransient: true, rule: rule)
    case .full: ErrorClassification(category: .resource, severity: .critical, rule: rule)
    case .corrupt: ErrorClassification(category: .database, severity: .critical, rule: rule)
    case .notALedger, .schemaUnknown: ErrorClassification(category: .configuration, rule: rule)
    case .deadlineExceeded: ErrorClassification(category: .timeout, rule: rule)
    case .unavailable: ErrorClassification(category: .database, rule: rule)
    default: nil
    }
  }

  /// Returns the verdict on an `NSError` by domain and code.
  private static func classifyBridged(_ error: NSError) -> ErrorClassification? {
    switch error.domain {
    case NSPOSIXErrorDomain: POSIXErrorRules.classify(Int32(truncatingIfNeeded: error.code))
    case URLErrorRules.domain: URLErrorRules.classify(error.code)
    case NSCocoaErrorDomain: classify(CocoaError(CocoaError.Code(rawValue: error.code)))
    default: nil
    }
  }

  /// Returns the error's own description if it has one, else its default description; never the stack.
  static func message(of error: any Error) -> String { message(of: error, ErrorTraits.of(error)) }

  static func message(of error: any Error, _ traits: ErrorTraits) -> String {
    if traits.isURLError { return error.localizedDescription }
    guard traits.isKnown || traits.isClass else {
      return (traits.isLocalized ? ownDescription(of: error) : nil) ?? String(describing: error)
    }
    return switch error {
    case let error as POSIXError: "\(error.code): \(String(cString: strerror(error.code.rawValue)))"
    // The description of a `CocoaError` prints a dictionary in random order.
    case let error as CocoaError: error.localizedDescription + (error.filePath.map { " (\($0))" } ?? "")
    default: ownDescription(of: error) ?? String(describing: error)
    }
  }

  private static func ownDescription(of error: any Error) -> String? {
    (error as? any LocalizedError)?.errorDescription
  }

  private static func classify(_ error: CocoaError) -> ErrorClassification? {
    let rule = "cocoa.\(error.code.rawValue)"
    switch error.code {
    case .fileReadNoPermission, .fileWriteNoPermission:
      return ErrorClassification(category: .authentication, rule: rule)
    case .fileWriteOutOfSpace:
      return ErrorClassification(category: .resource, severity: .critical, rule: rule)
    case .fileNoSuchFile, .fileReadNoSuchFile, .fileWriteVolumeReadOnly, .fileWriteFileExists,
      .fileReadTooLarge,
      .fileLocking:
      return ErrorClassification(category: .resource, rule: rule)
    // Foundation's decoders: the input cannot be decoded.
    case .propertyListReadCorrupt, .propertyListReadUnknownVersion, .propertyListReadStream,
      .coderReadCorrupt, .coderValueNotFound:
      return ErrorClassification(category: .api, isTransient: false, rule: rule)
    case .fileReadCorruptFile, .fileReadInapplicableStringEncoding, .formatting, .keyValueValidation,
      .coderInvalidValue:
      return ErrorClassification(category: .validation, rule: rule)
    case .userCancelled:
      return .cancellation(rule: rule)
    default:
      return nil
    }
  }
}
