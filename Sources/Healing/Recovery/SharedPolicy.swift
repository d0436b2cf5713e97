/// A policy that components share: it is large, and most components have the engine's.
final class SharedPolicy: Sendable {
  let policy: ComponentPolicy

  init(_ policy: ComponentPolicy) { self.policy = policy }
}
