/// A measurement. Each has a file under `Scenarios/`.
struct Scenario: Sendable {
  let name: String
  let run: @Sendable (Bench) async throws -> [Figure]

  init(_ name: String, _ run: @escaping @Sendable (Bench) async throws -> [Figure]) {
    self.name = name
    self.run = run
  }

  static let all: [Scenario] = [
    .execute, .failure, .rejected, .breaker, .detect, .record, .ledger, .latency, .cost, .ingest, .reports,
    .upkeep, .reads, .incidents, .restore, .flood,
    .peers,
  ]
}
