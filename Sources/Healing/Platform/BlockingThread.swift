import Foundation
import Glibc

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
    startingWith start: (@escaping @Sendable () -> Void) -> Bool = startThread,
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

  /// Starts a detached thread. Foundation's `Thread` does not report that the system refused it.
  /// - Returns: whether the thread runs `body`.
  package static func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    // The pointer is valid until the new thread takes the box over.
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}
