import Foundation

/// Measures Healing beside references in the same run, prints a table or JSON, and exits with 1 when a figure is past
/// its budget, 2 when it was called wrongly.
@main
struct HealingBenchmarks {
  static func main() async throws {
    let options: Options
    do {
      options = try Options(Array(CommandLine.arguments.dropFirst()))
    } catch let error as Options.Invalid {
      say("\(error.problem)\n\(Options.usage)")
      exit(2)
    }
    if let path = options.build {
      try await LedgerBuilder.recoveries(options.rows, path: path)
      return
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "healing-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = await Result { try await measure(Bench(options: options, folder: folder)) }
    try? FileManager.default.removeItem(at: folder)
    let report: Report
    do {
      report = Report(figures: try result.get(), isJudged: !options.isQuick)
    } catch {
      say("\(error)")
      exit(1)
    }
    print(options.isJSON ? try report.json : report.table)
    if report.brokenCount > 0 {
      // Both may be one file: the report comes first.
      fflush(nil)
      say("\(report.brokenCount) of \(report.figures.count) figures are past their budget")
      exit(1)
    }
  }

  private static func measure(_ bench: Bench) async throws -> [Figure] {
    var figures: [Figure] = []
    for scenario in Scenario.all
    where bench.options.only.isEmpty || bench.options.only.contains(scenario.name) {
      say("measuring \(scenario.name)")
      // Off the main thread, whose executor is not the one that services run on.
      figures += try await Task.detached { try await scenario.run(bench) }.value
    }
    return figures
  }

  /// Progress and trouble go to standard error, so that standard output is the report and nothing else.
  private static func say(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
