import Healing

/// The request body of `POST /errors`.
struct ErrorReport {
  let component: ComponentName
  let evidence: ErrorEvidence
  let operation: String
  let request: RequestInfo
  let duration: Duration

  /// - Throws: ``ProblemDetails`` when the body is invalid.
  init(_ body: [UInt8]) throws {
    let fields = try FieldReader(body: body)
    let given = fields.component("component")
    operation = fields.text("operation", length: 1...200)
    let type = fields.optionalText("type", length: 0...200) ?? ""
    let message = fields.text("message", length: 0...65_536)
    evidence = ErrorEvidence(
      type: type, message: message, code: fields.optionalCode("code", length: 0...100))
    request = Self.request(fields)
    duration = ReportingRoutes.duration(fields)
    component = try fields.checked(given)
  }

  /// Reads request id and user id of a call.
  static func request(_ fields: FieldReader) -> RequestInfo {
    RequestInfo(
      requestID: fields.optionalText("request_id", length: 0...200),
      userID: fields.optionalText("user_id", length: 0...200))
  }
}
