/// Waits a millisecond before a condition is looked at again. Tests run side by side on few threads: one that only yields
/// takes the processor from what it waits for.
package func pause() async { try? await Task.sleep(for: .milliseconds(1)) }
