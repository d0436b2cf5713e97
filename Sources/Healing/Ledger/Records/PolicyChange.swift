import Foundation

/// The change of a component's policy in this process: one row of the ledger.
public struct PolicyChange: Sendable {
  /// The origin of a policy.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Source: String, Sendable, Codable, CaseIterable {
    /// The engine's policy, for a component without its own policy.
    case `default`
    /// The component's own policy, set in code.
    case explicit
    /// A client registered the component and set its breaker; the rest is the engine's policy.
    case registered
    /// The component was forgotten; its earlier rows are no longer in force.
    case forgotten
  }

  /// The component.
  public var component: ComponentName
  /// Time of the change.
  public var at: Timestamp
  /// The policy.
  public var text: PolicyText
  /// The policy's origin.
  public var source: Source

  /// Creates a change.
  public init(component: ComponentName, at: Timestamp, text: PolicyText, source: Source) {
    self.component = component
    self.at = at
    self.text = text
    self.source = source
  }
}

/// A policy as JSON, and the hash of the JSON. Equal policies have equal hashes.
public final class PolicyText: Sendable {
  /// A JSON object: ``ComponentPolicy/Document``.
  public let json: String
  /// The first 32 hexadecimal digits of the SHA-256 of ``json``.
  public let hash: String

  /// Creates the text of a JSON object and hashes it.
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
    // The encoder does not fail: an option's numbers are finite.
    let data = try? encoder.encode(ComponentPolicy.Document(policy))
    self.init(json: data.map { String(decoding: $0, as: UTF8.self) } ?? "{}")
  }
}

/// A ``PolicyChange`` as a ledger stores it.
public struct StoredPolicy: Sendable, Hashable {
  /// Row id; rises in commit order.
  public var id: Int64
  /// Time of the change.
  public var at: Timestamp
  /// The component.
  public var component: ComponentName
  /// The policy: ``ComponentPolicy/Document``.
  public var json: String
  /// The policy's origin.
  public var source: PolicyChange.Source
  /// Number of the process that uses the policy; 0 in a ledger in memory.
  public var process: Int64

  /// Creates a row.
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

  /// The policy; `nil` when ``json`` is not a valid document.
  public var document: ComponentPolicy.Document? {
    try? JSONDecoder().decode(ComponentPolicy.Document.self, from: Data(json.utf8))
  }
}

extension StoredPolicy: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id, timestamp, component, source, json
    case processId = "process_id"
  }

  /// Encodes the columns of `v_policies`, the time as `timestamp`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(at, forKey: .timestamp)
    try container.encode(component, forKey: .component)
    try container.encode(source, forKey: .source)
    try container.encode(json, forKey: .json)
    try container.encode(process, forKey: .processId)
  }
}
