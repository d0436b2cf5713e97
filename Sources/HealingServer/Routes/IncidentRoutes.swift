import Healing
import HealingPages

/// Routes of one incident: the draft of its post-mortem, and the notes of people on it.
struct IncidentRoutes {
  let service: ServerContext

  /// What a draft shows.
  private enum Detail: String, CaseIterable {
    /// Everything but the ids of users.
    case standard
    /// No hosts, people and messages of errors.
    case `public`
    /// The ids of users too.
    case users
  }

  // A path with a suffix comes before the one without.
  var routes: [Route] {
    let path = "/api/v1/healing/incidents/{id}"
    return [
      Route(.get, path + ".md", "getIncidentMarkdown", takesQuery: true, .largeRead(markdown)),
      Route(.get, path + ".html", "getIncidentPage", takesQuery: true, .largeRead(page)),
      Route(.get, path, "getIncident", takesQuery: true, .largeRead(draft)),
      Route(.get, path + "/notes", "getIncidentNotes", .largeRead(notes)),
      Route(.post, path + "/notes", "addIncidentNote", handle: addNote),
    ]
  }

  private func draft(_ call: Route.Call) async throws -> HTTPResponse {
    try JSONText.response(try await asked(call))
  }

  private func markdown(_ call: Route.Call) async throws -> HTTPResponse {
    let text = PostMortemMarkdown.text(try await asked(call))
    return HTTPResponse(contentType: "text/markdown; charset=utf-8", body: .bytes(Array(text.utf8)))
  }

  private func page(_ call: Route.Call) async throws -> HTTPResponse {
    let text = PostMortemPage.html(try await asked(call))
    var response = HTTPResponse(contentType: "text/html; charset=utf-8", body: .bytes(Array(text.utf8)))
    response.headers.add(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response
  }

  private func asked(_ call: Route.Call) async throws -> PostMortem {
    let query = try FieldReader(query: call.request)
    let detail = query.word("detail", default: Detail.standard) ?? .standard
    try query.check()
    let draft = try await find(call, withUsers: detail == .users)
    return detail == .public ? draft.redactedForPublic() : draft
  }

  private func find(_ call: Route.Call, withUsers: Bool = false) async throws -> PostMortem {
    let id = call.parameters["id"] ?? ""
    await service.ledger.settleForReading()
    return try await find(id, field: "id", status: 404, withUsers: withUsers)
  }

  /// - Parameters:
  ///   - field: the field or parameter that has the id, for the error.
  ///   - status: of the error when there is no such incident.
  private func find(_ id: String, field: String, status: Int, withUsers: Bool = false) async throws
    -> PostMortem
  {
    let outages = service.ledger.outages
    let (rules, now) = (IncidentRules(), service.time.wallClock())
    if let draft = try await outages.postMortem(of: id, rules: rules, now: now, withUsers: withUsers) {
      return draft
    }
    let near = try await outages.incidentIDs(near: id, rules: rules, now: now)
    let hint =
      near.isEmpty ? "; there are no incidents near it" : "; the nearest: \(near.joined(separator: ", "))"
    let shown = String(String.UnicodeScalarView(id.unicodeScalars.prefix(300)))
    throw ProblemDetails(
      status, "there is no incident '\(shown)'\(hint)", fields: [.init(field: field, message: "is not known")]
    )
  }

  private func notes(_ call: Route.Call) async throws -> HTTPResponse {
    let notes = try await find(call).notes
    return try JSONText.response(CountResponse(count: notes.count), "notes", list: notes) { $0 }
  }

  private func addNote(_ call: Route.Call) async throws -> HTTPResponse {
    let fields = try FieldReader(body: call.request.body)
    let givenKind = fields.word("kind") as IncidentNote.Kind?
    let text = fields.text("text", length: 1...IncidentNote.maximumLength)
    let actor = fields.text("actor", length: 1...200)
    let kind = try fields.checked(givenKind)
    let draft = try await find(call)
    var stored = text
    switch kind {
    case .detectedAt:
      guard text.utf8.count > 10, let time = Timestamp(iso8601: text) else {
        throw Self.wrong("must be an ISO 8601 time with its zone, such as 2026-01-31T12:00:00Z")
      }
      guard time >= draft.times.started.at else {
        throw Self.wrong("is before the start of the incident, \(draft.times.started.at.iso8601)")
      }
      stored = time.iso8601
    case .merge:
      let other = try await find(text, field: "text", status: 422)
      guard other.id != draft.id else { throw Self.wrong("is the incident itself, or a part of it already") }
      stored = other.id
    case .split:
      guard draft.merged.contains(text) else {
        throw Self.wrong(
          "is no merged part of the incident; "
            + (draft.merged.isEmpty
              ? "it has none" : "its parts: \(draft.merged.joined(separator: ", "))"))
      }
    default: break
    }
    let note = IncidentNote(
      at: service.time.wallClock(), incident: draft.id, kind: kind, text: stored, actor: actor)
    let (_, durable) = try await service.record { service.ledger.record(.note(note)) }
    return try JSONText.response(AddedNoteResponse(note, durable: durable))
  }

  private static func wrong(_ message: String) -> ProblemDetails {
    ProblemDetails(422, "values of the request are wrong", fields: [.init(field: "text", message: message)])
  }
}
