/// A change of a policy or a check that the ledger's own data speak for, with the figures and their bounds.
public struct Advice: Sendable, Hashable {
  /// What the advice is about. Raw values are in JSON.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Attempts from a number on almost never help.
    case attempts
    /// Alarms were of times in which callers saw few errors.
    case alerts
    /// A component had no calls, so nothing can be said of it.
    case traffic
    /// An override of a circuit without an end has been in force for a day or longer.
    case overrides
  }

  /// What it is about.
  public var kind: Kind
  /// The component.
  public var component: ComponentName
  /// Number of cases: executions that made the attempt, or alarms. 0 for ``Kind/traffic`` and ``Kind/overrides``.
  public var cases: Int64
  /// Of the cases, those that the attempt and later ones ended with success, or the alarms in vain.
  public var hits: Int64
  /// The largest number of attempts that helps, 1 or more; `nil` for other kinds.
  public var maxAttempts: Int?
  /// Cases that could not be judged: executions in merged rows, or alarms in whose time there was no call.
  public var leftOut: Int64
  /// The day of the last call; `nil` for other kinds, and without a call.
  public var lastCall: Timestamp?
  /// When the override was given; `nil` for other kinds.
  public var since: Timestamp?
  /// The override; `nil` for other kinds.
  public var override: CircuitOverride.Kind?
  /// Who gave the override; `nil` for other kinds, and when it is not known.
  public var actor: String?

  package init(
    _ kind: Kind, _ component: ComponentName, cases: Int64 = 0, hits: Int64 = 0, maxAttempts: Int? = nil,
    leftOut: Int64 = 0, lastCall: Timestamp? = nil, since: Timestamp? = nil,
    override: CircuitOverride.Kind? = nil, actor: String? = nil
  ) {
    self.kind = kind
    self.component = component
    self.cases = cases
    self.hits = hits
    self.maxAttempts = maxAttempts
    self.leftOut = leftOut
    self.lastCall = lastCall
    self.since = since
    self.override = override
    self.actor = actor
  }

  /// Share of the hits among the cases, with Wilson's 95 % bounds; `nil` for ``Kind/traffic`` and ``Kind/overrides``.
  public var estimate: ProportionEstimate? {
    kind == .traffic || kind == .overrides ? nil : ProportionEstimate(hits: hits, of: cases)
  }

  /// The advice in one line.
  public var text: String {
    switch kind {
    case .attempts:
      "lower maxAttempts to \(maxAttempts ?? 1): attempt \((maxAttempts ?? 1) + 1) and later ones saved \(hits) of \(cases)"
    case .alerts:
      "raise the threshold or correct the check: in \(hits) of \(cases) alarms callers saw under 5 % errors"
    case .traffic:
      lastCall.map { "no calls since \($0.iso8601.prefix(10)): neither up nor down" }
        ?? "never called: neither up nor down"
    case .overrides:
      "lift it or give it an end: \(override?.rawValue ?? "an override") since \(since?.iso8601.prefix(10) ?? "")\(actor.map { " by \($0)" } ?? "")"
    }
  }

  // MARK: Rules

  /// Cases below which attempts are not judged.
  static let fewestExecutions: Int64 = 100
  /// An attempt almost never helps when the upper bound of its success is below this share.
  static let uselessShare = 0.05
  /// Alarms below which they are not judged.
  static let fewestAlarms: Int64 = 10
  /// Alarms are in vain when the lower bound of their share is above this one.
  static let vainShare = 0.5

  /// Returns the advice about attempts: of each component the lowest number from which on attempts almost never help.
  package static func onAttempts(_ effects: [AttemptEffect]) -> [Advice] {
    Dictionary(grouping: effects, by: \.component).sorted { $0.key < $1.key }.compactMap {
      (component, effects) -> Advice? in
      let last = effects.map(\.attempt).max() ?? 1
      for attempt in 2..<max(3, last + 1) {
        let tried = effects.reduce(Int64(0)) { $1.attempt == attempt ? $0.addingClamped($1.tried) : $0 }
        let won = effects.reduce(Int64(0)) { $1.attempt >= attempt ? $0.addingClamped($1.won) : $0 }
        let upper = ProportionEstimate(hits: won, of: tried).upper
        if tried >= fewestExecutions && upper < uselessShare {
          return Advice(
            .attempts, component, cases: tried, hits: won, maxAttempts: attempt - 1,
            leftOut: effects.map(\.merged).max() ?? 0)
        }
      }
      return nil
    }
  }

  /// Returns the advice about the alarms of a component; `nil` when there is none.
  package static func onAlarms(_ component: ComponentName, told: Int64, inVain: Int64, uncalled: Int64)
    -> Advice?
  {
    guard told >= fewestAlarms, ProportionEstimate(hits: inVain, of: told).lower > vainShare else {
      return nil
    }
    return Advice(.alerts, component, cases: told, hits: inVain, leftOut: uncalled)
  }
}
