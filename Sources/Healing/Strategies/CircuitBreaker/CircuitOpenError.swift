/// Thrown in place of calling a component whose circuit is open.
public struct CircuitOpenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The component that is kept away from.
  public let component: ComponentName
  /// How long until a call may be let through; `nil` when an operator keeps the circuit open until further notice. At most
  /// 1 s while probes are in progress, because the circuit closes or opens when they return.
  public let retryAfter: Duration?
  /// The error that tripped the circuit, to look up in the ledger.
  public let errorID: LedgerID?

  /// From its parts.
  public init(component: ComponentName, retryAfter: Duration?, errorID: LedgerID?) {
    self.component = component
    self.retryAfter = retryAfter
    self.errorID = errorID
  }

  /// One line with all of it.
  public var description: String {
    let because = errorID.map { ", tripped by error \($0)" } ?? ""
    let wait = retryAfter.map { "retry after \(Self.words($0))" } ?? "until an operator closes it"
    return "circuit of \(component) is open; \(wait)\(because)"
  }

  /// Milliseconds below a second, whole seconds above: a message that differs in every digit groups with no other.
  private static func words(_ wait: Duration) -> String {
    let milliseconds = Int64(wait.milliseconds.rounded(.up))
    return milliseconds < 1_000 ? "\(milliseconds) ms" : "\((milliseconds + 999) / 1_000) s"
  }
}
