/// Two releases of a component that served at once: one row of `release_compare`.
public struct ReleaseComparison: Sendable, Hashable, Encodable {
  /// Whether the later release is the cause of failures.
  ///
  /// Later versions add cases: a `switch` outside the package needs a `default`.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    /// The second release failed more often than the first one at the same time: the lower bound of the difference is above 0, with
    /// 10 failures or more in two or more bad stretches.
    case accused
    /// Both failed alike: no significant difference, and 5 % or more of the attempts of both failed.
    case inBoth = "in_both"
    /// No significant difference.
    case notSignificant = "not_significant"
    /// The difference is significant, but of fewer than 10 failures, or of one stretch.
    case fewAndTransient = "few_and_transient"
    /// They served together in too few minutes.
    case baselineTooShort = "baseline_too_short"
    /// The second release failed less often.
    case better
    /// The second release failed more often, but in its first two hours no more often than the median earlier release in its own.
    case usualInAnyDeploy = "usual_in_any_deploy"
  }

  /// The component.
  public var component: ComponentName
  /// The first release; `nil` for programs that gave none.
  public var releaseA: String?
  /// The second release; `nil` for programs that gave none.
  public var releaseB: String?
  /// Stretches in which both releases had 30 attempts or more. The other figures are of these alone.
  public var stretches: Int64
  /// Length of the longest stretch in seconds: 60, or 3600 where the rows of calls are deleted.
  public var resolutionSeconds: Int64
  /// Attempts by the first release.
  public var attemptsA: Int64
  /// Failed attempts among them.
  public var failuresA: Int64
  /// Attempts by the second release.
  public var attemptsB: Int64
  /// Failed attempts among them.
  public var failuresB: Int64
  /// Stretches in which 3 or more and 5 % or more of the attempts of the second release failed.
  public var badStretchesB: Int64
  /// Share of failures of the second release minus that of the first.
  public var difference: ProportionDifference
  /// Share of failed attempts in the first two hours of the second release, by whole hours, 0...1; `nil` when it was not needed for
  /// the verdict, and with fewer than 30 attempts.
  public private(set) var debutShare: Double?
  /// The median of the same share over earlier releases of the component; `nil` with fewer than 3 of them.
  public private(set) var earlierDebutShare: Double?
  /// Number of earlier releases in the 90 days before, with 30 attempts or more in their first two hours.
  public private(set) var earlierDebuts = 0
  /// Whether the second release is the cause of failures.
  public var verdict: Verdict

  package init(
    component: ComponentName, releaseA: String?, releaseB: String?, stretches: Int64,
    resolutionSeconds: Int64, attemptsA: Int64, failuresA: Int64, attemptsB: Int64, failuresB: Int64,
    badStretchesB: Int64
  ) {
    self.component = component
    self.releaseA = releaseA
    self.releaseB = releaseB
    self.stretches = stretches
    self.resolutionSeconds = resolutionSeconds
    self.attemptsA = attemptsA
    self.failuresA = failuresA
    self.attemptsB = attemptsB
    self.failuresB = failuresB
    self.badStretchesB = badStretchesB
    let (a, b) = (
      ProportionEstimate(hits: failuresA, of: attemptsA), ProportionEstimate(hits: failuresB, of: attemptsB)
    )
    difference = ProportionDifference(of: b, minus: a)
    verdict =
      if stretches < (resolutionSeconds > 60 ? 1 : 3) {
        .baselineTooShort
      } else if difference.lower > 0 {
        failuresB < 10 || badStretchesB < 2 ? .fewAndTransient : .accused
      } else if difference.upper < 0 {
        .better
      } else {
        min(a.share, b.share) >= 0.05 ? .inBoth : .notSignificant
      }
  }

  /// Acquits the second release when earlier ones began no better.
  /// - Parameter debuts: of releases of the component, this one among them.
  package mutating func weigh(_ debuts: [ReleaseDebut]) {
    guard verdict == .accused,
      let own = debuts.first(where: { $0.component == component && $0.release == (releaseB ?? "") })
    else { return }
    let earlier = debuts.filter {
      $0.component == component && $0.at < own.at && $0.attempts >= Self.fewestAttempts
    }
    earlierDebuts = earlier.count
    guard own.attempts >= Self.fewestAttempts else { return }
    debutShare = own.share
    guard earlier.count >= Self.fewestDebuts else { return }
    let shares = earlier.map(\.share).sorted()
    let middle = (shares[(shares.count - 1) / 2] + shares[shares.count / 2]) / 2
    earlierDebutShare = middle
    if own.share <= middle { verdict = .usualInAnyDeploy }
  }

  private static let fewestAttempts: Int64 = 30
  private static let fewestDebuts = 3
}

/// The first two hours of a release of a component: one row of `release_debuts`.
package struct ReleaseDebut: Sendable {
  package let component: ComponentName
  /// Empty for programs that gave none.
  package let release: String
  /// The hour of its first call.
  package let at: Timestamp
  package let attempts: Int64
  package let failures: Int64

  package init(
    component: ComponentName, release: String, at: Timestamp, attempts: Int64, failures: Int64
  ) {
    self.component = component
    self.release = release
    self.at = at
    self.attempts = attempts
    self.failures = failures
  }

  fileprivate var share: Double { ProportionEstimate(hits: failures, of: attempts).share }
}
