import HealingServer
extension ServeConfiguration {
  /// Values that differ from those in force and that a daemon takes only when it starts.
  /// - Parameters:
  ///   - first: with which the daemon was started.
  ///   - former: the configuration before this one.
  /// - Returns: for each its key, the value in force and the configured one, as fields of a log line.
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
    // Clients may have registered the component, too, so its circuit breaker is not taken away.
    let kept = Set(breakers.map(\.component))
    for breaker in former.breakers where !kept.contains(breaker.component) {
      compare("components", "circuit breaker of \(breaker.component)", "none")
    }
    return changes
  }
}
