import Healing

/// The two figures of a group of recoveries.
struct GroupAnswer: Encodable {
  let total: Int64
  let successful: Int64

  init(_ totals: GroupTotals?) {
    total = totals?.total ?? 0
    successful = totals?.successful ?? 0
  }
}

private func groups(_ statistics: RecoveryStatistics) -> [String: GroupAnswer] {
  Dictionary(
    statistics.byAction.map { ($0.action.rawValue, GroupAnswer($0.totals)) },
    uniquingKeysWith: { first, _ in first })
}

/// `GET /recovery/stats`, beside the figures by component.
struct RecoveryStatisticsAnswer: Encodable {
  let overall: RecoveryTotals
  let byAction: [String: GroupAnswer]

  init(_ statistics: RecoveryStatistics) {
    overall = statistics.overall
    byAction = groups(statistics)
  }
}

/// `GET /recovery/stats?component=`
struct ComponentRecoveryAnswer: Encodable {
  let component: String
  let statistics: GroupAnswer
  let overall: RecoveryTotals
  let byAction: [String: GroupAnswer]

  init(_ component: String, _ statistics: RecoveryStatistics) {
    self.component = component
    self.statistics = GroupAnswer(statistics.byComponent.first?.totals)
    overall = statistics.overall
    byAction = groups(statistics)
  }
}

/// One of `GET /recovery/recent`.
struct RecoveryAnswer: Encodable {
  let errorId: OrNull<LedgerID>
  let component: ComponentName
  let operation: String
  let action: RecoveryAction
  let success: Bool
  let attempts: Int
  let durationMs: Double
  let message: String
  let timestamp: Timestamp

  init(_ recovery: RecoveryRecord) {
    errorId = OrNull(recovery.errorID)
    component = recovery.component
    operation = recovery.operation
    action = recovery.action
    success = recovery.success
    attempts = recovery.attempts
    durationMs = recovery.duration.milliseconds
    message = recovery.message
    timestamp = recovery.at
  }
}

/// `GET /recovery/recent`, beside the recoveries themselves.
struct RecentRecoveriesAnswer: Encodable {
  let count: Int
  /// How many of the oldest were left out for the length of the answer.
  let omitted: Int?

  /// - Parameter recoveries: newest last.
  /// - Returns: those that the answer has room for, newest last, and what goes beside them.
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
