import Foundation
import HealingTestSupport
import Testing

@Suite(.serialized) struct DetectTests {
  /// Feeds `healing detect` and waits for its end.
  private func detect(_ input: String, _ arguments: String...) async throws -> (
    code: Int32, lines: [String], errors: String
  ) {
    let child = try ChildProcess("healing", ["detect"] + arguments, takesInput: true)
    try child.input?.write(contentsOf: Data(input.utf8))
    try child.input?.close()
    let code = await child.wait()
    // A line break before the end of the file is one string of CR LF in CSV.
    let lines = child.lines.flatMap { $0.split(whereSeparator: \.isNewline).map(String.init) }
    return (code, lines, child.errorText)
  }

  private func objects(_ lines: [String]) throws -> [[String: Any]] {
    try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:] }
  }

  @Test func `detect prints one object a line with every decision, for JSON lines and bare lines`()
    async throws
  {
    let result = try await detect(
      """
      {"type":"E","message":"API rate limit exceeded, retry after 3 s","code":403}

      {"code":"57014"}
      connect: connection refused
        {"message": "email is required", "code": null}
      """, "--format", "json")
    #expect(result.code == 0 && result.errors.isEmpty)
    let found = try objects(result.lines)
    #expect(found.map { $0["category"] as? String } == ["rate_limit", "timeout", "network", "validation"])
    #expect(found.map { $0["should_retry"] as? Bool } == [true, true, true, false])
    #expect(found.map { $0["should_fallback"] as? Bool } == [true, true, true, false])
    #expect(found.map { $0["should_circuit_break"] as? Bool } == [true, true, true, false])
    #expect(found.map { $0["transient"] as? Bool } == [true, true, true, false])
    #expect(found.map { $0["retry_delay_ms"] as? Double } == [3000, 1000, 1000, nil])
    #expect(found.map { $0["severity"] as? String } == ["low", "medium", "medium", "low"])
    #expect(
      found.map { $0["rule"] as? String } == [
        "text.rate_limit.limited", "sqlstate.57014", "text.network.refused", "text.validation.missing",
      ])
    #expect(found.allSatisfy { ($0["fingerprint"] as? String)?.hasPrefix("v2:") == true })
  }

  @Test func `detect prints each result before it reads the next line`() async throws {
    let child = try ChildProcess("healing", ["detect", "--format", "json"], takesInput: true)
    for (line, rule) in [
      ("timed out", "text.timeout.timed_out"), ("deadlock detected", "text.database.lock"),
    ] {
      try child.input?.write(contentsOf: Data((line + "\n").utf8))
      // Waits for the result while standard input is still open.
      #expect(try await child.waitForLine { $0.contains(line) }.contains("\"\(rule)\""))
    }
    try child.input?.close()
    await child.expectEnd()
  }

  @Test func `table and CSV have the decisions in columns`() async throws {
    let columns = [
      "category", "severity", "transient", "should_retry", "should_fallback", "should_circuit_break",
      "retry_delay_ms", "rule", "message", "fingerprint",
    ]
    let csv = try await detect("open \"a,b\": timed out\n", "--format", "csv")
    #expect(csv.code == 0)
    #expect(csv.lines.count == 2 && csv.lines[0] == columns.joined(separator: ","), "\(csv)")
    #expect(
      csv.lines[1].hasPrefix(
        "timeout,medium,true,true,true,true,1000,text.timeout.timed_out,\"open \"\"a,b\"\": timed out\",v2:"),
      "\(csv)")
    let table = try await detect("404 Not Found\n")
    #expect(table.code == 0 && table.lines.count == 3)
    #expect(table.lines[0].split(separator: " ").map(String.init) == columns)
    #expect(
      table.lines[2].split(separator: " ").prefix(8).map(String.init)
        == ["api", "medium", "no", "no", "yes", "yes", "-", "http.404"])
  }

  @Test func `detect prints no secrets`() async throws {
    for format in ["json", "csv", "table"] {
      let result = try await detect("login with password=hunter2 refused\n", "--format", format)
      #expect(result.code == 0 && !result.lines.joined().contains("hunter2"))
      #expect(result.lines.joined().contains("password=[redacted]"))
    }
  }

  @Test func `without input detect prints nothing`() async throws {
    #expect(try await detect("", "--format", "json").lines.isEmpty)
    #expect(try await detect("\n  \n", "--format", "json").lines.isEmpty)
  }

  @Test(arguments: [
    ("{\"message\": 5}", "message must be a string"),
    ("{\"code\": [1]}", "code must be a string or a whole number"),
    ("{\"mesage\": \"x\"}", "\"mesage\" is not a known field; did you mean \"message\"?"),
    ("{\"message\": \"x\", \"host\": 1}", "\"host\" is not a known field; known fields: type, message, code"),
    ("{}", "none of \"type\", \"message\" and \"code\""),
    ("{conn-1} lost", "begins with a brace but is not a JSON object"),
    (String(repeating: "x", count: 1_100_000), "is longer than 1048576 bytes"),
    // Comparing such names takes time by the square of their accents.
    (
      "{\"a" + String(repeating: "\u{301}\u{323}", count: 200_000) + "\": 1}",
      "has a name of more than 1024 bytes"
    ),
    (String(repeating: "{\"a\":", count: 1_000), "is nested more than 32 deep"),
  ])
  func `detect reports a bad line and skips it`(line: String, problem: String) async throws {
    for format in ["json", "csv", "table"] {
      let result = try await detect("timed out\n\n\(line)\r\ntimed out\n", "--format", format)
      #expect(result.code == 1)
      #expect(result.lines.count { $0.contains("text.timeout.timed_out") } == 2, "\(result.lines)")
      #expect(result.errors.hasPrefix("healing: line 3 of standard input: "), "\(result.errors)")
      #expect(result.errors.contains(problem), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test(arguments: ["json", "csv", "table"])
  func `with endless input detect ends silently when its reader ends`(format: String) async throws {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let script = """
      { yes 'connection refused'; } | { '\(program)' detect --format \(format); echo "ended with $?" >&2; } | head -n 3
      """
    let result = try await ChildProcess.run(
      "/usr/bin/timeout", ["-s", "KILL", "900", "/bin/sh", "-c", script])
    #expect(result.code == 0)
    #expect(result.output.split(whereSeparator: \.isNewline).count == 3)
    #expect(result.errors == "ended with 0\n")
  }

  @Test func `unreadable input is an error`() async throws {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let result = try await ChildProcess.run("/bin/sh", ["-c", "exec '\(program)' detect < /"])
    #expect(result.code == 1 && result.errors.contains("standard input cannot be read"), "\(result.errors)")
  }

  @Test func `detect rejects an argument`() async throws {
    let result = try await detect("", "connection refused")
    #expect(result.code == 2 && result.errors.contains("'connection refused' is an unexpected argument"))
    #expect(result.lines.isEmpty)
  }
}
