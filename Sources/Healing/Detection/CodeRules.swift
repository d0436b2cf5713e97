/// Verdicts by a code that came with an error as text: an HTTP status, an errno by number or name, a SQLSTATE,
/// a gRPC status by name.
enum CodeRules {
  /// The verdict and its weight among the words' weights.
  static func classify(_ code: String, _ evidence: ErrorEvidence) -> (weight: Int, ErrorClassification)? {
    if let number = Int(code) {
      if (300..<600).contains(number), let verdict = HTTPStatusRules.classify(number) {
        // A status that names the trouble says more than one that only says "your fault" or "mine".
        let isPlain = [400, 403, 404, 500, 502, 503].contains(number)
        return (isPlain ? 45 : 70, verdict)
      }
      if (1..<134).contains(number), let verdict = POSIXErrorRules.classify(Int32(number)) {
        return (20, verdict)
      }
      return nil
    }
    if let verdict = POSIXErrorRules.classify(name: code) { return (60, verdict) }
    if code.utf8.contains(where: { $0 >= 0x30 && $0 <= 0x39 }), let verdict = SQLStateRules.classify(code) {
      return (code == "HY000" ? 30 : 75, verdict)
    }
    if let verdict = GRPCStatusRules.classify(name: code) { return (50, verdict) }
    return nil
  }
}
