import Foundation
import Healing
import HealingSQLite

/// A manual change to one circuit. It is recorded in the ledger, from which the running programs apply it.
struct BreakerChange {
  private let options: ParsedOptions
  private let name: ComponentName
  private let path: String

  /// - Throws: ``UsageError``, `InvalidComponentNameError`.
  init(_ options: ParsedOptions, component: String) throws {
    guard !options.has("format") else { throw UsageError("--format is for the list only") }
    self.options = options
    name = try ComponentName(validating: component)
    path = try options.ledgerPath()
  }

  private var actor: String { "\(NSUserName()) (healing breakers)" }
  private var reason: String? { options.values["reason"] }

  func force(_ word: String) async throws {
    guard let kind = ["open": CircuitOverride.Kind.forcedOpen, "closed": .forcedClosed][word] else {
      throw UsageError("a circuit is forced open or closed, not '\(word)'")
    }
    let duration = try options.duration("for")
    let expiry = duration.map { SystemTimeSource().wallClock() + $0 }
    var hasBreaker = true
    try await change { component, breaker in
      hasBreaker = breaker != nil
      try component.force(
        CircuitOverride(kind: kind, actor: actor, reason: reason ?? "", expiresAt: expiry))
    }
    let end = expiry.map { "until \($0.iso8601.prefix(19))Z" } ?? "until it is released or reset"
    let note =
      hasBreaker
      ? ""
      : "; no program has recorded its circuit yet, and programs whose policy has no breaker ignore the override"
    try StandardOutput.write("circuit of '\(name)' forced \(word) \(end)\(note)\n")
  }

  func release() async throws {
    try refuseDuration()
    try await change { component, breaker in
      guard breaker?.activeOverride(at: SystemTimeSource().wallClock()) != nil else {
        throw NoOverride(name: name, ledger: path)
      }
      try component.liftOverride(actor: actor, note: reason)
    }
    try StandardOutput.write("circuit of '\(name)' released\n")
  }

  func reset() async throws {
    try refuseDuration()
    try await change { component, _ in component.resetBreaker(actor: actor, note: reason) }
    try StandardOutput.write("circuit of '\(name)' reset: closed, without override\n")
  }

  private func refuseDuration() throws {
    guard !options.has("for") else { throw UsageError("--for is for 'force' only") }
  }

  /// Opens the ledger while other programs write it, changes the circuit, and closes the ledger.
  private func change(_ body: (Component, BreakerSnapshot?) throws -> Void) async throws {
    // The reader creates neither a ledger nor a component.
    let reader = try SQLiteLedgerReader(path: path)
    guard try await reader.components.find(name) != nil else {
      throw await UnknownComponent(name, in: reader)
    }
    let breaker = try await reader.breakers.find(name)
    let ledger = try SQLiteLedger(
      path: path, identity: Version.identity("breakers"), options: SQLiteLedgerOptions(retention: nil))
    do {
      // An observer's thresholds count no calls: other programs keep theirs.
      let engine = try await RecoveryEngine(ledger: ledger, isObserver: true)
      try body(engine.component(name), breaker)
    } catch {
      try? await ledger.close()
      throw error
    }
    try await ledger.close()
  }
}

/// The circuit has no override to release.
struct NoOverride: Error, CustomStringConvertible {
  let name: ComponentName
  let ledger: String

  var description: String {
    "\(ledger): the circuit of '\(name)' has no override; see 'healing breakers --ledger \(ledger)'"
  }
}
