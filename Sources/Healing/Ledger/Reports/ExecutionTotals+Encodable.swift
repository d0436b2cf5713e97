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
