/// The outcomes of a range's executions, as callers saw them. Counts begin with the first program that knows
/// step 10 of the schema.
public struct ExecutionTotals: Sendable, Hashable {
  /// Executions whose first attempt was made: attempts without the extra ones of retries and strategies.
  public var executions: Int64 = 0
  /// Executions whose first attempt was not made.
  public var rejected: Int64 = 0
  /// A retry or a strategy succeeded.
  public var saved: Int64 = 0
  /// A fallback answered.
  public var degraded: Int64 = 0
  /// The execution failed, and its changes were rolled back.
  public var undone: Int64 = 0
  /// The execution failed.
  public var lost: Int64 = 0
  /// The caller or the process ended before the recovery did.
  public var interrupted: Int64 = 0

  /// Creates totals of zero.
  public init() {}

  /// - Parameter attempts: number of attempts that succeeded or failed.
  init(_ counts: ExecutionCounts, attempts: Int64) {
    executions = max(0, attempts.subtractingClamped(counts.extraAttempts))
    rejected = counts.rejected
    saved = counts.saved
    degraded = counts.degraded
    undone = counts.undone
    lost = max(0, counts.lost)
    interrupted = counts.interrupted
  }

  /// Executions that did not succeed at their first attempt: the sum of the five outcomes.
  public var troubled: Int64 {
    saved.addingClamped(degraded).addingClamped(undone).addingClamped(lost).addingClamped(interrupted)
  }

  /// Share of all executions, including rejected ones, that succeeded for the caller, 0...1:
  /// `(executions + rejected - lost - undone - interrupted) / (executions + rejected)`. `nil` without
  /// executions.
  public var effectiveSuccessRate: Double? {
    let all = executions.addingClamped(rejected)
    guard all > 0 else { return nil }
    let failed = lost.addingClamped(undone).addingClamped(interrupted)
    return min(1, max(0, Double(all.subtractingClamped(failed)) / Double(all)))
  }
}

extension ExecutionTotals: Encodable {
  private enum CodingKeys: String, CodingKey {
    case executions, rejected, saved, degraded, undone, lost, interrupted
    case effectiveSuccessRate = "effective_success_rate"
  }

  /// Encodes the fields of executions in `overall` of `GET /recovery/stats`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(executions, forKey: .executions)
    try container.encode(rejected, forKey: .rejected)
    try container.encode(saved, forKey: .saved)
    try container.encode(degraded, forKey: .degraded)
    try container.encode(undone, forKey: .undone)
    try container.encode(lost, forKey: .lost)
    try container.encode(interrupted, forKey: .interrupted)
    try container.encode(effectiveSuccessRate, forKey: .effectiveSuccessRate)
  }
}
