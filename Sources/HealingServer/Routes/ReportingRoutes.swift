import Healing

/// Routes through which clients in other languages report their calls. A client reports each attempt once: a
/// failed one with an error to `/errors`, any other to `/samples`.
///
/// The functions that parse bodies return before the request waits for the disk. A parsed body takes many times
/// its length in memory, so a waiting request must hold only what its response needs.
struct ReportingRoutes {
  let service: ServerContext

  private static let sampleCount = 1...1_000
  private static let longestDuration = 86_400_000.0

  /// The outcome of a reported attempt.
  private enum Outcome: String, CaseIterable {
    case success, failure, rejected, cancelled

    var stored: CallOutcome {
      switch self {
      case .success: .success
      case .failure: .failure
      case .rejected: .rejected
      case .cancelled: .cancelled
      }
    }
  }

  var routes: [Route] {
    [
      Route(.post, "/api/v1/healing/errors", "reportError", handle: error),
      Route(.post, "/api/v1/healing/samples", "reportSamples", handle: samples),
      Route(.post, "/api/v1/healing/recoveries", "reportRecovery", handle: recovery),
    ]
  }

  private func error(_ call: Route.Call) async throws -> HTTPResponse {
    let (reported, durable) = try await service.record { try recordError(call.request.body) }
    return try JSONText.response(
      ReportedErrorResponse(reported.error, circuit: reported.circuit, durable: durable))
  }

  private func recordError(_ body: [UInt8]) throws -> (error: ErrorContext, circuit: CircuitState?) {
    let report = try ErrorReport(body)
    let component = try service.catalog.component(report.component)
    let error = component.report(
      report.evidence, operation: report.operation, request: report.request,
      duration: report.duration)
    return (error, component.breakerSnapshot()?.state)
  }

  private func samples(_ call: Route.Call) async throws -> HTTPResponse {
    let (count, durable) = try await service.record { try recordSamples(call.request.body) }
    return try JSONText.response(
      ReportedSamplesResponse(recorded: count, durable: durable, mayBeLost: !durable))
  }

  private func recordSamples(_ body: [UInt8]) throws -> Int {
    let fields = try FieldReader(body: body)
    let items = fields.has("samples") ? fields.objects("samples", count: Self.sampleCount) : [fields]
    let samples = items.map { item in
      (
        component: item.component("component"), outcome: item.word("outcome") as Outcome?,
        duration: Self.duration(item), operation: item.optionalText("operation", length: 1...200),
        request: ErrorReport.request(item)
      )
    }
    try fields.check()
    // All components are admitted before the first sample is recorded, so a request is recorded completely or
    // not at all.
    try service.catalog.admit(samples.compactMap(\.component))
    var reports: [() -> Void] = []
    for sample in samples {
      guard let component = sample.component, let outcome = sample.outcome else { continue }
      let handle = try service.catalog.component(component)
      reports.append {
        handle.report(
          outcome.stored, duration: sample.duration, operation: sample.operation ?? "reported",
          request: sample.request)
      }
    }
    for report in reports { report() }
    return reports.count
  }

  private func recovery(_ call: Route.Call) async throws -> HTTPResponse {
    let report = try recoveryReport(call.request.body)
    try await keepReported(report)
    let (record, durable) = try await service.record {
      try service.catalog.component(report.component).report(report)
      return report
    }
    return try JSONText.response(
      ReportedRecoveryResponse(
        recoveryId: record.id, component: record.component, action: record.action, success: record.success,
        durable: durable, mayBeLost: !durable))
  }

  /// Number of a component's last recoveries that are examined for earlier reports of one error.
  private static let mostRecoveries = 1_000

  /// Finds the recovered error when an earlier run received it: when its call counted, whether as lost, and which of its recoveries
  /// were reported before.
  /// - Throws: `ProblemDetails` 422 when the error is another component's.
  private func keepReported(_ report: RecoveryRecord) async throws {
    let component = try service.catalog.component(report.component)
    guard let id = report.errorID, !component.hasReported(id),
      let error = try? await service.ledger.errors.find(id)
    else { return }
    guard error.component == report.component else {
      throw ProblemDetails(
        422, "values of the request are wrong",
        fields: [.init(field: "error_id", message: "is the id of an error of component '\(error.component)'")]
      )
    }
    // Of all time: a clock may have been set back.
    let recoveries = try? await service.ledger.recoveries.recent(
      .all, component: report.component, limit: Self.mostRecoveries)
    component.keepReported(error, recoveries: recoveries ?? [])
  }

  private func recoveryReport(_ body: [UInt8]) throws -> RecoveryRecord {
    let fields = try FieldReader(body: body)
    let given = fields.component("component")
    let operation = fields.text("operation", length: 1...200)
    let givenAction = fields.word("action") as RecoveryAction?
    let success = fields.flag("success")
    let errorID = fields.optionalText("error_id", length: 1...19)
    let attempts = fields.integer("attempts", default: 1, in: 0...1_000_000)
    let message = fields.text("message", default: "", length: 0...65_536)
    let duration = Self.duration(fields)
    let request = ErrorReport.request(fields)
    if let errorID, !errorID.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) || LedgerID(errorID) == nil {
      fields.reject("error_id", "must be an id from POST /errors")
    }
    let reason = fields.optionalText("gave_up", length: 1...20)
    let gaveUp = reason.flatMap(RecoveryRecord.GaveUp.init(rawValue:))
    if reason != nil && gaveUp == nil {
      let words = RecoveryRecord.GaveUp.allCases.map(\.rawValue).joined(separator: ", ")
      fields.reject("gave_up", "must be one of \(words)")
    }
    if success && reason != nil { fields.reject("gave_up", "must be absent when the recovery succeeded") }
    let (name, action) = (try fields.checked(given), try fields.checked(givenAction))
    return RecoveryRecord(
      id: service.ledger.makeID(), at: service.time.wallClock(), component: name, operation: operation,
      errorID: errorID.flatMap(LedgerID.init), action: action, outcome: success ? .succeeded : .failed,
      attempts: attempts, duration: duration, message: message, requestID: request.requestID,
      userID: request.userID, gaveUp: gaveUp)
  }

  static func duration(_ fields: FieldReader) -> Duration {
    .microseconds(
      Int64((fields.number("duration_ms", default: 0, in: 0...longestDuration) * 1_000).rounded()))
  }
}
