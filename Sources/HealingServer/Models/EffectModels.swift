import Healing

/// An entry of `GET /reports/attempts`.
struct AttemptEffectResponse: Encodable {
  let component: ComponentName
  let category: OrNull<ErrorCategory>
  let attempt: Int
  let tried: Int64
  let won: Int64
  let share: OrNull<Double>
  let lower: OrNull<Double>
  let upper: OrNull<Double>
  let avgRetryMs: OrNull<Double>
  let merged: Int64
  let advice: OrNull<String>

  init(_ effect: AttemptEffect) {
    component = effect.component
    category = OrNull(effect.category)
    attempt = effect.attempt
    tried = effect.tried
    won = effect.won
    let success = effect.tried > 0 ? effect.success : nil
    share = OrNull(success?.share)
    lower = OrNull(success?.lower)
    upper = OrNull(success?.upper)
    avgRetryMs = OrNull(effect.avgRetryMs)
    merged = effect.merged
    advice = OrNull(effect.isUseless ? "lower maxAttempts" : nil)
  }
}

/// An entry of `GET /reports/retries`.
struct RetryEffectResponse: Encodable {
  let component: ComponentName
  let verdict: RetryEffect.Verdict
  let badMinutes: Int64
  let sustainedMinutes: Int64
  let attempts: Int64
  let extraAttempts: Int64
  let saved: Int64
  let amplification: OrNull<Double>
  let actualSuccess: OrNull<Double>
  let effectiveSuccess: OrNull<Double>

  init(_ effect: RetryEffect) {
    component = effect.component
    verdict = effect.verdict
    badMinutes = effect.badMinutes
    sustainedMinutes = effect.sustainedMinutes
    attempts = effect.attempts
    extraAttempts = effect.extraAttempts
    saved = effect.saved
    amplification = OrNull(effect.amplification)
    actualSuccess = OrNull(effect.actualSuccess)
    effectiveSuccess = OrNull(effect.effectiveSuccess)
  }
}

/// `GET /reports/availability`, without the components.
struct AvailabilitiesResponse: Encodable {
  let count: Int
  let sloPercent: Double
  let minCalls: Int
}

/// An entry of `GET /reports/availability`.
struct AvailabilityResponse: Encodable {
  let component: ComponentName
  let calls: Int64
  let effective: OrNull<Double>
  let actual: OrNull<Double>
  let byTime: OrNull<Double>
  let badMinutes: Int64
  let observedMinutes: Int64
  let burn: OrNull<Double>

  /// - Parameter burn: `nil` with too few calls.
  init(_ row: ComponentAvailability, burn: Double?) {
    component = row.component
    calls = row.calls
    effective = OrNull(row.effective)
    actual = OrNull(row.actual)
    byTime = OrNull(row.byTime)
    badMinutes = row.badMinutes
    observedMinutes = row.observedMinutes
    self.burn = OrNull(burn)
  }
}

/// `GET /reports/rates`, without the buckets.
struct RatesResponse: Encodable {
  let by: RateSeries.Interval
  let count: Int
  /// Number of older buckets that were left out.
  let omitted: Int64?
  let range: LedgerRange

  init(_ series: RateSeries, _ range: LedgerRange) {
    by = series.interval
    count = series.buckets.count
    omitted = series.omitted > 0 ? series.omitted : nil
    self.range = range
  }
}

/// An entry of `GET /reports/rates`.
struct RateBucketResponse: Encodable {
  let timestamp: Timestamp
  let component: ComponentName
  let attempts: Int64
  let failures: Int64
  let executions: Int64
  let extraAttempts: Int64
  let rejected: Int64
  let saved: Int64
  let degraded: Int64
  let undone: Int64
  let lost: Int64
  let interrupted: Int64
  let amplification: OrNull<Double>
  let actualSuccess: OrNull<Double>
  let effectiveSuccess: OrNull<Double>

  init(_ bucket: RateSeries.Bucket) {
    let calls = bucket.calls
    timestamp = bucket.at
    component = calls.component
    attempts = calls.attempts
    failures = calls.failures
    executions = calls.executions.executions
    extraAttempts = calls.extraAttempts
    rejected = calls.executions.rejected
    saved = calls.executions.saved
    degraded = calls.executions.degraded
    undone = calls.executions.undone
    lost = calls.executions.lost
    interrupted = calls.executions.interrupted
    amplification = OrNull(calls.amplification)
    actualSuccess = OrNull(calls.actualSuccess)
    effectiveSuccess = OrNull(calls.effectiveSuccess)
  }
}
