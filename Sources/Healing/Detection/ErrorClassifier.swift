/// A classifier of the user's own. It is asked before everything else.
public protocol ErrorClassifier: Sendable {
  /// The verdict, or `nil` to leave the error to the others.
  func classify(_ error: any Error) -> ErrorClassification?
}
