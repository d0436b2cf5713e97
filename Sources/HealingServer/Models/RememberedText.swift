import Healing
import Synchronization

/// The JSON of the value that was asked for last: writing it costs more than reading it from the ledger, and the value
/// mostly is the one before.
final class RememberedText<Value: Equatable & Sendable>: Sendable {
  private let last = Lock<(value: Value, response: HTTPResponse)?>(nil)

  /// - Parameter write: called when the value is another than before.
  func response(of value: Value, _ write: (Value) throws -> HTTPResponse) throws -> HTTPResponse {
    if let response = last.withLock({ last in last.flatMap { $0.value == value ? $0.response : nil } }) {
      return response
    }
    let response = try write(value)
    last.withLock { $0 = (value, response) }
    return response
  }
}
