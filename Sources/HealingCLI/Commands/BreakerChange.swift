import Foundation
import Healing
import HealingSQLite

/// A manual change to one circuit. It is recorded in the ledger, from which the running programs apply it.
struct BreakerChange {
  private let options: ParsedOptions
  private let name: ComponentName
  private let path: String

  private static let (longestActor, longestReason) = (200, 1_000)

  /// - Parameter needsNames: whether the action needs `--actor` and `--reason`. Otherwise the actor is the user by default, and
  ///   one who gives an actor gives a reason too.
  /// - Throws: ``UsageError``, `InvalidComponentNameError`.
  init(_ options: ParsedOptions, component: String, needsNames: Bool = false) throws {
    let word = options.positional.first ?? ""
    try options.reject(["format"], for: "'\(word)'")
    if needsNames || options.has("actor") {
      for (name, longest) in [("actor", Self.longestActor), ("reason", Self.longestReason)] {
        guard let text = options.values[name] else {
          throw UsageError(
            "\(word) needs --actor and --reason, who changes the circuit and why: --\(name) is missing")
        }
        guard !text.allSatisfy(\.isWhitespace), text.unicodeScalars.count <= longest else {
          throw UsageError("--\(name): allowed is a text of 1 to \(longest) characters")
        }
      }
    }
    self.options = options
    name = try ComponentName(validating: component)
    path = try options.ledgerPath()
  }

  private var actor: String { options.values["actor"] ?? "\(NSUserName()) (healing breakers)" }
  private var reason: String? { options.values["reason"] }

  /// - Parameter ending: the action that ends the override, as the command prints it.
  func force(_ word: String, until ending: String = "released") async throws {
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
    let end = expiry.map { "until \($0.iso8601.prefix(19))Z" } ?? "until it is \(ending) or reset"
    let note =
      hasBreaker
      ? ""
      : "; no program has recorded its circuit yet, and programs whose policy has no breaker ignore the override"
    try StandardOutput.write("circuit of '\(name)' forced \(word) \(end)\(note)\n")
  }

  /// - Parameter outcome: what the command prints about the circuit.
  func release(_ outcome: String = "released") async throws {
    try options.reject(["for"], for: "'\(options.positional.first ?? "")'")
    try await change { component, breaker in
      guard breaker?.activeOverride(at: SystemTimeSource().wallClock()) != nil else {
        throw NoOverride(name: name, ledger: path)
      }
      try component.liftOverride(actor: actor, note: reason)
    }
    try StandardOutput.write("circuit of '\(name)' \(outcome)\n")
  }

  func reset() async throws {
    try options.reject(["for"], for: "'reset'")
    try await change { component, breaker in
      // Resetting would record a closed circuit for a component that has no breaker.
      guard breaker != nil else { throw NoCircuit(name: name, ledger: path) }
      component.resetBreaker(actor: actor, note: reason)
    }
    try StandardOutput.write("circuit of '\(name)' reset: closed, without override\n")
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

/// The ledger has no circuit of the component.
struct NoCircuit: Error, CustomStringConvertible {
  let name: ComponentName
  let ledger: String

  var description: String {
    "\(ledger): no program has recorded a circuit of '\(name)'; see 'healing breakers --ledger \(ledger)'"
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
