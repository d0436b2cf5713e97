/// A cache of query results that are valid for one `PRAGMA data_version`. A pure state machine.
struct QueryCache: Sendable {
  private static let limit = 64
  private var version: Int64?
  private var answers: [String: any Sendable] = [:]

  func recall<Value: Sendable>(_ question: String, at version: Int64) -> Value? {
    version == self.version ? answers[question] as? Value : nil
  }

  mutating func keep(_ answer: some Sendable, to question: String, at version: Int64) {
    if version != self.version || answers.count >= Self.limit { answers = [:] }
    self.version = version
    answers[question] = answer
  }

  mutating func forget() { self = QueryCache() }
}
