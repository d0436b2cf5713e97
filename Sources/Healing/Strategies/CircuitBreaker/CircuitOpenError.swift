/// Thrown instead of calling a component whose circuit is open.
public struct CircuitOpenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component.
  public let component: ComponentName
  /// Time until a call may be admitted; `nil` when an operator has forced the circuit open without an expiry.
  /// At most 1 s while probes are in progress, because the circuit closes or opens when they return.
  public let retryAfter: Duration?
  /// The error that tripped the circuit; its row is in the ledger.
  public let errorID: LedgerID?

  /// Creates the error.
  public init(component: ComponentName, retryAfter: Duration?, errorID: LedgerID?) {
    self.component = component
    self.retryAfter = retryAfter
    self.errorID = errorID
  }

  /// The component, the wait and the error in one line.
  public var description: String {
    let because = errorID.map { ", tripped by error \($0)" } ?? ""
    let wait = retryAfter.map { "retry after \(Self.words($0))" } ?? "until an operator closes it"
    return "circuit of \(component) is open; \(wait)\(because)"
  }

  /// Formats milliseconds below one second, otherwise whole seconds: fewer different messages group better.
  private static func words(_ wait: Duration) -> String {
    let milliseconds = Int64(wait.milliseconds.rounded(.up))
    return milliseconds < 1_000 ? "\(milliseconds) ms" : "\((milliseconds + 999) / 1_000) s"
  }
}
