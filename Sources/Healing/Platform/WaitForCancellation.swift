/// Returns when the current task is cancelled; immediately when it is cancelled already.
package func waitForCancellation() async {
  let (cancellation, continuation) = AsyncStream.makeStream(of: Void.self)
  await withTaskCancellationHandler {
    for await _ in cancellation {}
  } onCancel: {
    continuation.finish()
  }
}
