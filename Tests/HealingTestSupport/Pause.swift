/// Waits a millisecond before a condition is checked again. Tests run in parallel on few threads: one that only yields
/// takes the processor from the task that it waits for.
package func pause() async { try? await Task.sleep(for: .milliseconds(1)) }
