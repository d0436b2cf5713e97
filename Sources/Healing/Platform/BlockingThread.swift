/// Runs a blocking function on a dedicated thread, because the concurrency pool has only one thread per
/// processor.
package enum BlockingThread {
  /// - Parameters:
  ///   - start: starts a thread that runs a function; returns `false` when the system has no more threads. The
  ///     function then runs on the calling thread, which delays other tasks but loses none.
  ///   - body: the blocking function.
  /// - Returns: the value of `body`.
  /// - Throws: the error of `body`.
  package static func run<Value: Sendable, Failure: Error>(
    startingWith start: (@escaping @Sendable () -> Void) -> Bool = CLibrary.startThread,
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
      let isStarted = start {
        continuation.resume(returning: Result { () throws(Failure) in try body() })
      }
      if !isStarted { continuation.resume(returning: Result { () throws(Failure) in try body() }) }
    }
    return try result.get()
  }
}
