import Healing

/// The counts of a group of recoveries.
struct GroupResponse: Encodable {
  let total: Int64
  let successful: Int64

  init(_ totals: GroupTotals?) {
    total = totals?.total ?? 0
    successful = totals?.successful ?? 0
  }
}

private func groups(_ statistics: RecoveryStatistics) -> [String: GroupResponse] {
  Dictionary(
    statistics.byAction.map { ($0.action.rawValue, GroupResponse($0.totals)) },
    uniquingKeysWith: { first, _ in first })
}

/// `GET /recovery/stats`, without the figures by component.
struct RecoveryStatisticsResponse: Encodable {
  /// The range of the figures, widened to whole minutes, the resolution of the roll-ups; `null` for an open end.
  /// Like those of `/health`, the figures include every call that was recorded before the request.
  let range: LedgerRange
  let overall: RecoveryStatistics.Overall
  let byAction: [String: GroupResponse]

  init(_ statistics: RecoveryStatistics, _ range: LedgerRange) {
    self.range = range.inWholeMinutes
    overall = RecoveryStatistics.Overall(statistics)
    byAction = groups(statistics)
  }
}

/// `GET /recovery/stats?component=`
struct ComponentRecoveryResponse: Encodable {
  let component: String
  let statistics: GroupResponse
  let range: LedgerRange
  let overall: RecoveryStatistics.Overall
  let byAction: [String: GroupResponse]

  init(_ component: String, _ statistics: RecoveryStatistics, _ range: LedgerRange) {
    self.component = component
    self.range = range.inWholeMinutes
    self.statistics = GroupResponse(statistics.byComponent.first?.totals)
    overall = RecoveryStatistics.Overall(statistics)
    byAction = groups(statistics)
  }
}

/// An entry of `GET /recovery/recent`.
struct RecoveryResponse: Encodable {
  let id: LedgerID
  let errorId: OrNull<LedgerID>
  let component: ComponentName
  let operation: String
  let action: RecoveryAction
  let success: Bool
  let outcome: RecoveryRecord.Outcome
  let attempts: Int
  let durationMs: Double
  let message: String
  let gaveUp: OrNull<RecoveryRecord.GaveUp>
  let requestId: OrNull<String>
  let userId: OrNull<String>
  let timestamp: Timestamp

  init(_ recovery: RecoveryRecord) {
    id = recovery.id
    errorId = OrNull(recovery.errorID)
    component = recovery.component
    operation = recovery.operation
    action = recovery.action
    success = recovery.success
    outcome = recovery.outcome
    attempts = recovery.attempts
    durationMs = recovery.duration.milliseconds
    message = recovery.message
    gaveUp = OrNull(recovery.gaveUp)
    requestId = OrNull(recovery.requestID)
    userId = OrNull(recovery.userID)
    timestamp = recovery.at
  }
}

/// `GET /recovery/recent`, without the recoveries.
struct RecentRecoveriesResponse: Encodable {
  let count: Int
  /// Number of the oldest recoveries that were left out to limit the size of the response.
  let omitted: Int?

  /// - Parameter recoveries: newest last.
  /// - Returns: the newest recoveries that fit into a response, newest last, and the response without them.
  static func fitting(_ recoveries: [RecoveryRecord]) -> (answer: Self, recoveries: [RecoveryRecord]) {
    var bytes = 0
    let count = recoveries.reversed().prefix { recovery in
      bytes += JSONText.size(of: recovery.message)
      return bytes <= JSONText.longestAnswer
    }.count
    let omitted = count < recoveries.count ? recoveries.count - count : nil
    return (Self(count: count, omitted: omitted), Array(recoveries.suffix(count)))
  }
}
