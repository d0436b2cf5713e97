import Foundation

/// A component has another policy in this process from now on: one row of the ledger.
public struct PolicyChange: Sendable {
  /// Where a policy comes from.
  public enum Source: String, Sendable, Codable, CaseIterable {
    /// The engine's policy, for a component without one of its own.
    case `default`
    /// The component's own, given in code.
    case explicit
    /// A client registered the component: the breaker is the client's.
    case registered
    /// The component was forgotten: earlier rows are no longer in force.
    case forgotten
  }

  /// The component.
  public var component: ComponentName
  /// From when on.
  public var at: Timestamp
  /// The policy.
  public var text: PolicyText
  /// Where it comes from.
  public var source: Source

  /// A change as the engine records it.
  public init(component: ComponentName, at: Timestamp, text: PolicyText, source: Source) {
    self.component = component
    self.at = at
    self.text = text
    self.source = source
  }
}

/// A policy as JSON, and the hash of that. Equal policies have equal hashes.
public final class PolicyText: Sendable {
  /// A JSON object: ``ComponentPolicy/Document``.
  public let json: String
  /// The first 32 hexadecimal digits of the SHA-256 of ``json``.
  public let hash: String

  /// Hashes a JSON object.
  public init(json: String) {
    self.json = json
    hash = SHA256.hash(json.utf8).prefix(16).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  convenience init(_ policy: ComponentPolicy) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Numbers of options are finite, so that this does not fail.
    let data = try? encoder.encode(ComponentPolicy.Document(policy))
    self.init(json: data.map { String(decoding: $0, as: UTF8.self) } ?? "{}")
  }
}

/// A ``PolicyChange`` as a ledger stores it.
public struct StoredPolicy: Sendable, Hashable {
  /// Rises in the order of commits.
  public var id: Int64
  /// From when on.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The policy: ``ComponentPolicy/Document``.
  public var json: String
  /// Where it comes from.
  public var source: PolicyChange.Source
  /// Number of the process that has the policy; 0 in a ledger in memory.
  public var process: Int64

  /// A row.
  public init(
    id: Int64, at: Timestamp, component: ComponentName, json: String, source: PolicyChange.Source,
    process: Int64
  ) {
    self.id = id
    self.at = at
    self.component = component
    self.json = json
    self.source = source
    self.process = process
  }

  /// The policy; `nil` when the text is not one.
  public var document: ComponentPolicy.Document? {
    try? JSONDecoder().decode(ComponentPolicy.Document.self, from: Data(json.utf8))
  }
}

/// Reads the policies that components had.
public protocol PolicyRepository: Sendable {
  /// The last row of each component and source, in order.
  func latest() async throws(LedgerError) -> [StoredPolicy]
  /// The rows after an id, in order.
  func changes(after id: Int64) async throws(LedgerError) -> [StoredPolicy]
}
