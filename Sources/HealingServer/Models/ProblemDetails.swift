import Healing
import Foundation

/// An error response as defined by RFC 9457 (`application/problem+json`).
package struct ProblemDetails: Error, Sendable {
  /// An invalid value of a request.
  package struct Field: Sendable, Encodable, Equatable {
    package let field: String
    package let message: String

    package init(field: String, message: String) {
      self.field = field
      self.message = message
    }
  }

  package let status: Int
  package let detail: String
  package let fields: [Field]
  /// Additional response headers, such as `Allow`.
  package let headers: [(name: String, value: String)]

  package init(
    _ status: Int, _ detail: String, fields: [Field] = [], headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.detail = detail
    self.fields = fields
    self.headers = headers
  }

  private struct Wire: Encodable {
    let type = "about:blank"
    let title: String
    let status: Int
    let detail: String
    let errors: [Field]?
  }

  package var response: HTTPResponse {
    let wire = Wire(
      title: StatusLine.reason(status), status: status, detail: detail, errors: fields.isEmpty ? nil : fields)
    // Strings and integers always encode.
    let body = (try? JSONText.encode(wire)) ?? []
    var response = HTTPResponse(status: status, contentType: "application/problem+json", body: .bytes(body))
    for header in headers { response.headers.add(header.name, header.value) }
    return response
  }
}
