import Healing
import Synchronization

/// Caches the JSON response of the last value. Encoding costs more than reading from the ledger, and the value
/// rarely changes between requests.
final class ResponseCache<Value: Equatable & Sendable>: Sendable {
  private let last = Lock<(value: Value, response: HTTPResponse)?>(nil)

  /// - Parameter write: encodes the value; called only when the value has changed.
  func response(of value: Value, _ write: (Value) throws -> HTTPResponse) throws -> HTTPResponse {
    if let response = last.withLock({ last in last.flatMap { $0.value == value ? $0.response : nil } }) {
      return response
    }
    let response = try write(value)
    last.withLock { $0 = (value, response) }
    return response
  }
}
