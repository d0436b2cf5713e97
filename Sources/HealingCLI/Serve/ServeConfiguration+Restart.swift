import HealingServer
import Healing
extension ServeConfiguration {
  /// Returns the changed values that take effect only after a restart.
  /// - Parameters:
  ///   - first: configuration with which the daemon was started.
  ///   - former: configuration before this one.
  /// - Returns: log fields for each value: its key, the current value and the configured one.
  func needingRestart(atStart first: ServeConfiguration, before former: ServeConfiguration) -> [[String:
    String]]
  {
    var changes: [[String: String]] = []
    func compare(_ key: String, _ inForce: String, _ configured: String) {
      guard inForce != configured else { return }
      changes.append(["key": key, "in_force": inForce, "configured": configured])
    }
    compare("ledger", first.ledger ?? "none", ledger ?? "none")
    compare("listen", first.listen.description, listen.description)
    compare("allow_fuse", String(first.allowsFUSE), String(allowsFUSE))
    compare("retention", first.retentionText, retentionText)
    compare("recording", first.recordingText, recordingText)
    compare(
      "read_deadline_seconds", "\(first.readDeadline.milliseconds / 1_000)",
      "\(readDeadline.milliseconds / 1_000)")
    // The circuit breaker is kept, because clients may also have registered the component.
    let kept = Set(breakers.map(\.component))
    for breaker in former.breakers where !kept.contains(breaker.component) {
      compare("components", "circuit breaker of \(breaker.component)", "none")
    }
    return changes
  }
}
