import Foundation

/// For whoever blocks: on a thread of its own, since of the tasks' threads there are only as many as processors.
package enum BlockingThread {
  /// - Throws: what `body` throws.
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
