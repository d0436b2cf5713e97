import Foundation

/// Runs a blocking function on a dedicated thread, because the concurrency pool has only one thread per
/// processor.
package enum BlockingThread {
  /// - Throws: the error of `body`.
  package static func run<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      Thread {
        continuation.resume(returning: Result { () throws(Failure) in try body() })
      }.start()
    }
    return try result.get()
  }
}
