import Foundation

/// For whoever blocks: on a thread of its own, since what is under test needs the tasks' threads, of which there are as
/// many as processors.
package enum OwnThread {
  package static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: body()) }.start()
    }
  }
}
