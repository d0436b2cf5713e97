/// A custom classifier of the user. It runs before all other evidence is considered.
public protocol ErrorClassifier: Sendable {
  /// Returns the verdict, or `nil` to leave the error to the next classifier and the built-in rules.
  func classify(_ error: any Error) -> ErrorClassification?
}
