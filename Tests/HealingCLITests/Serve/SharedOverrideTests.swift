import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

/// A service and the daemon on one ledger, two real processes: what an operator does in one and what happens to the circuit
/// in the other within the same moment.
@Suite(.serialized) struct SharedOverrideTests {
  private static let api = "/api/v1/healing"
  private static let json = ["-H", "Content-Type: application/json", "-d"]

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func post(_ daemon: DaemonProcess, _ path: String, _ body: String) async throws {
    let answer = try await ChildProcess.run(
      "/usr/bin/curl",
      ["-sS", "--max-time", "60", "-w", "%{http_code}", daemon.url + Self.api + path] + Self.json + [body])
    #expect(answer.output.hasSuffix("200") || answer.output.hasSuffix("201"), "\(answer.output)")
  }

  /// One failure trips the breaker.
  private func trip(_ daemon: DaemonProcess, _ name: ComponentName) async throws {
    try await post(
      daemon, "/errors",
      #"{"component": "\#(name)", "operation": "get", "type": "E", "message": "connection refused"}"#)
  }

  private func register(_ daemon: DaemonProcess, _ name: ComponentName) async throws {
    try await post(
      daemon, "/components/register",
      """
      {"component": "\(name)", "enable_circuit_breaker": true,
       "circuit_breaker_config": {"failure_threshold": 1, "timeout_seconds": 3600}}
      """)
  }

  /// Waits, for a while, until the ledger and both processes say the same of a circuit, with this override.
  /// - Returns: the state that they agree on.
  private func agree(_ daemon: DaemonProcess, _ component: Component, override: CircuitOverride.Kind?)
    async throws -> CircuitState?
  {
    let deadline = ContinuousClock.now + .seconds(300)
    var said = ""
    while ContinuousClock.now < deadline {
      let answer = try await daemon.ask(Self.api + "/circuit-breakers")
      let body = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
      let breakers = body?["circuit_breakers"] as? [String: [String: Any]]
      let theirs = breakers?[component.name.text]
      let ours = component.breakerSnapshot()
      if let ours, theirs?["state"] as? String == ours.state.rawValue,
        theirs?["override"] as? String == override?.rawValue, ours.override?.kind == override
      {
        return ours.state
      }
      said = "the daemon: \(theirs ?? [:]); here: \(ours as Any)"
    }
    Issue.record("no agreement on \(component.name) with \(override?.rawValue ?? "no override"): \(said)")
    return nil
  }

  @Test func `an override in one process and a trip or a reset in the other are both kept`() async throws {
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    let ledger = try SQLiteLedger(path: folder.path())
    let policy = ComponentPolicy(retry: nil, breaker: CircuitBreakerOptions(failureThreshold: 1))
    let engine = try await RecoveryEngine(ledger: ledger, policy: policy)
    for (round, kind) in [CircuitOverride.Kind.forcedOpen, .forcedClosed, .forcedOpen].enumerated() {
      let name = ComponentName("api-\(round)")
      let component = engine.component(name)
      let override = CircuitOverride(kind: kind, actor: "ops", reason: "maintenance")
      try await register(daemon, name)
      // At once: a trip may come too late, and then there is none; the override is kept in any case.
      async let tripped: Void = trip(daemon, name)
      try component.force(override)
      try await tripped
      _ = try await agree(daemon, component, override: kind)
      try await post(daemon, "/circuit-breakers/reset", #"{"component": "\#(name)"}"#)
      #expect(try await agree(daemon, component, override: nil) == .closed)
      // The trip is on disk when the response arrives; the override is set before this process has read it.
      try await trip(daemon, name)
      try component.force(override)
      #expect(try await agree(daemon, component, override: kind) == .open)
      #expect(component.isCircuitOpen == (kind == .forcedOpen))
      try component.liftOverride(actor: "ops")
      #expect(try await agree(daemon, component, override: nil) == .open)
      // Likewise a reset over REST against an override here.
      try await post(daemon, "/circuit-breakers/reset", #"{"component": "\#(name)"}"#)
      try component.force(override)
      #expect(try await agree(daemon, component, override: kind) == .closed)
    }
    try await ledger.close()
    await daemon.end()
    #expect(try await LedgerCheck(path: folder.path()).run().problem == nil)
  }
}
