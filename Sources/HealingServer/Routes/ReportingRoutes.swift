import Healing

/// What clients in other languages tell of their calls. Each attempt is told of once: a failed one to `/errors` when
/// there is an error to tell, any other to `/samples`.
struct ReportingRoutes {
  let service: Service

  private static let sampleCount = 1...1_000
  private static let longestDuration = 86_400_000.0

  /// How an attempt came out, as it is told.
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
    let fields = try FieldReader(body: call.request.body)
    let given = fields.component("component")
    let operation = fields.text("operation", length: 1...200)
    let type = fields.optionalText("type", length: 0...200) ?? ""
    let message = fields.text("message", length: 0...65_536)
    let code = fields.optionalCode("code", length: 0...100)
    let request = fields.optionalText("request_id", length: 0...200)
    let duration = duration(fields)
    let name = try fields.checked(given)
    let (reported, durable) = try await service.record {
      let component = try service.catalog.component(name)
      let error = component.report(
        ErrorEvidence(type: type, message: message, code: code), operation: operation,
        request: RequestInfo(requestID: request), duration: duration)
      return (error: error, circuit: component.breakerSnapshot()?.state)
    }
    return try JSONText.response(
      ReportedErrorAnswer(reported.error, circuit: reported.circuit, durable: durable))
  }

  private func samples(_ call: Route.Call) async throws -> HTTPResponse {
    let fields = try FieldReader(body: call.request.body)
    let items = fields.has("samples") ? fields.objects("samples", count: Self.sampleCount) : [fields]
    let samples = items.map { item in
      (
        component: item.component("component"), outcome: item.word("outcome") as Outcome?,
        duration: duration(item)
      )
    }
    try fields.check()
    let (count, durable) = try await service.record {
      // All are found before the first is recorded: a request counts whole or not at all.
      try service.catalog.admit(samples.compactMap(\.component))
      var reports: [(component: Component, outcome: CallOutcome, duration: Duration)] = []
      for sample in samples {
        guard let component = sample.component, let outcome = sample.outcome else { continue }
        reports.append((try service.catalog.component(component), outcome.stored, sample.duration))
      }
      for report in reports { report.component.report(report.outcome, duration: report.duration) }
      return reports.count
    }
    return try JSONText.response(
      ReportedSamplesAnswer(recorded: count, durable: durable, mayBeLost: !durable))
  }

  private func recovery(_ call: Route.Call) async throws -> HTTPResponse {
    let fields = try FieldReader(body: call.request.body)
    let given = fields.component("component")
    let operation = fields.text("operation", length: 1...200)
    let givenAction = fields.word("action") as RecoveryAction?
    let success = fields.flag("success")
    let errorID = fields.optionalText("error_id", length: 1...19)
    let attempts = fields.integer("attempts", default: 1, in: 0...1_000_000)
    let message = fields.text("message", default: "", length: 0...65_536)
    let duration = duration(fields)
    if let errorID, !errorID.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) || LedgerID(errorID) == nil {
      fields.reject("error_id", "must be an id as /errors gives it")
    }
    let (name, action) = (try fields.checked(given), try fields.checked(givenAction))
    let record = RecoveryRecord(
      id: service.ledger.makeID(), at: service.time.wallClock(), component: name, operation: operation,
      errorID: errorID.flatMap(LedgerID.init), action: action, outcome: success ? .succeeded : .failed,
      attempts: attempts, duration: duration, message: message)
    let (_, durable) = try await service.record { try service.catalog.component(name).report(record) }
    return try JSONText.response(
      ReportedRecoveryAnswer(
        recoveryId: record.id, component: name, action: action, success: success,
        durable: durable, mayBeLost: !durable))
  }

  private func duration(_ fields: FieldReader) -> Duration {
    .microseconds(
      Int64((fields.number("duration_ms", default: 0, in: 0...Self.longestDuration) * 1_000).rounded()))
  }
}
