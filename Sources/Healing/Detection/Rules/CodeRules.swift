/// Verdicts by code. A code accompanies an error as text (an HTTP status, an errno by number or name, a SQLSTATE, a
/// MySQL error number, a gRPC status by name) or is one of the message's words.
enum CodeRules {
  /// Maximum length of a code in bytes.
  private static let longestCode = 64

  /// Returns the verdict on a code that accompanied the error.
  static func classify(_ code: String) -> Candidate? {
    guard code.utf8.count <= longestCode else { return nil }
    guard let number = Int(code) else {
      return POSIXErrorRules.classify(name: code) ?? SQLStateRules.classify(code)
        ?? GRPCStatusRules.classify(name: code)
    }
    // A bare errno is weak evidence: the numbers differ between systems.
    if let verdict = POSIXErrorRules.classify(Int32(truncatingIfNeeded: number)), number < 134 {
      return Candidate(weight: 20, verdict: verdict)
    }
    // A number of five digits may also be a service's own code.
    return HTTPStatusRules.witness(number) ?? MySQLErrorRules.classify(number)
      ?? SQLStateRules.classify(code).map { Candidate(weight: 60, verdict: $0.verdict) }
  }

  /// Returns the verdict on a word of a message if the words before it mark it as a code: `status code: 503`,
  /// `HTTP/1.1 502`, `[Errno 104]`, `SQLSTATE 42P01`, `ERROR 1205`. An HTTP status may also begin the message.
  static func classify(
    wordAt index: Int, of words: [WordScan.Word], in bytes: UnsafeBufferPointer<UInt8>
  ) -> Candidate? {
    let range = words[index].range
    guard range.count <= 5, bytes[range.lowerBound].isASCIIDigit || range.count == 5 else { return nil }
    let lead = index > 0 ? words[index - 1].hash : nil
    if range.count == 5 {
      guard bytes[range].contains(where: \.isASCIIDigit) else { return nil }
      // `2024-02-08T20:15` contains no code.
      if range.lowerBound > 0 && bytes[range.lowerBound - 1] == UInt8(ascii: "-") { return nil }
      let code = String(decoding: bytes[range], as: UTF8.self)
      return SQLStateRules.classify(code, isNamed: lead.map(sqlStateLeads.contains) ?? false)
    }
    guard let number = Int(String(decoding: bytes[range], as: UTF8.self)) else { return nil }
    guard let lead else { return range.count == 3 ? HTTPStatusRules.witness(number) : nil }
    if lead == errno {
      // `[Errno 13]` is an operating system error; `errno 1` may be a program's exit status.
      let begin = words[index - 1].range.lowerBound
      let isBracketed = begin > 0 && bytes[begin - 1] == UInt8(ascii: "[")
      return POSIXErrorRules.classify(Int32(truncatingIfNeeded: number)).map {
        Candidate(weight: isBracketed ? 63 : 42, verdict: $0)
      }
    }
    if statusLeads.contains(lead) || followsHTTPVersion(index, words) {
      return HTTPStatusRules.witness(number) ?? MySQLErrorRules.classify(number)
    }
    return nil
  }

  /// Returns whether a number follows a version or address of HTTP: `HTTP/1.1 502`, `HTTP/2 503`, `GET
  /// https://example.com - 401`.
  private static func followsHTTPVersion(_ index: Int, _ words: [WordScan.Word]) -> Bool {
    words[max(0, index - 3)..<index].contains { $0.hash == http || $0.hash == https }
  }

  private static let errno = WordScan.hash(of: "errno")
  private static let sqlStateLeads: Set<UInt64> = Set(
    ["sqlstate", "state", "error", "code", "fatal"].map { WordScan.hash(of: $0) })
  private static let http = WordScan.hash(of: "http")
  private static let https = WordScan.hash(of: "https")
  private static let statusLeads: Set<UInt64> = Set(
    [
      "http", "status", "code", "error", "returned", "response", "responded", "occurred", "with", "got",
    ].map { WordScan.hash(of: $0) })
}
