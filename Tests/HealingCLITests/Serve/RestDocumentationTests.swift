import Foundation
import HealingTestSupport
import Testing

/// The session of docs/rest.md, with a real daemon and a real curl.
@Suite struct RestDocumentationTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs/rest.md")

  /// Commands and their documented output.
  private static func session() throws -> [(command: String, output: String)] {
    let text = try String(contentsOf: page, encoding: .utf8)
    let blocks = text.components(separatedBy: "```console\n").dropFirst()
    let lines = blocks.flatMap { ($0.components(separatedBy: "```").first ?? "").split(separator: "\n") }
    var session: [(command: String, output: String)] = []
    for line in lines {
      if line.hasPrefix("$ ") {
        session.append((String(line.dropFirst(2)), ""))
      } else if !session.isEmpty {
        session[session.count - 1].output += line
      }
    }
    return session
  }

  /// The text without the parts that differ between runs.
  private static func masked(_ text: String) -> String {
    text.replacing(/[0-9]{15,}/, with: "ID").replacing(/[0-9-]{10}T[0-9:.]+Z/, with: "TIME")
      .replacing(/"remaining_ms":[0-9.]+/, with: "REMAINING")
  }

  @Test func `the session of the page prints the documented output`() async throws {
    let folder = try TemporaryFolder()
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    let address = String(daemon.url.dropFirst("http://".count))
    let session = try Self.session()
    #expect(session.count >= 10)
    for (command, output) in session {
      let result = try await ChildProcess.run(
        "/bin/sh", ["-c", command.replacing("localhost:8484", with: address)])
      #expect(
        Self.masked(result.output.trimmingCharacters(in: .newlines)) == Self.masked(output), "\(command)")
    }
    await daemon.end()
  }

  @Test func `the page has every route, and no other`() async throws {
    let folder = try TemporaryFolder()
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    let description = try await daemon.ask("/openapi.json").body
    await daemon.end()
    let object = try JSONSerialization.jsonObject(with: Data(description.utf8)) as? [String: Any]
    let paths = object?["paths"] as? [String: [String: Any]] ?? [:]
    let routes = paths.flatMap { path, methods in
      methods.keys.map { method in
        let path = path.replacing("/api/v1/healing/", with: "").replacing("{component}", with: "NAME")
          .replacing("{id}", with: "ID")
        return "\(method.uppercased()) \(path)"
      }
    }
    let rows = try String(contentsOf: Self.page, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix("| `GET ") || $0.hasPrefix("| `POST ") || $0.hasPrefix("| `DELETE ")
    }
    let documented = rows.flatMap { row in
      (row.split(separator: "|").first ?? "").split(separator: "`").map(String.init)
        .filter { $0.contains(" ") && $0.first?.isUppercase == true }
    }
    #expect(documented.sorted() == routes.sorted())
  }
}
