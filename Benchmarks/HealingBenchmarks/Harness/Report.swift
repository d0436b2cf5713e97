import Foundation
import HealingSQLite

/// What was measured, as a table for people or as JSON.
struct Report {
  let figures: [Figure]
  /// Whether the figures are to be judged; those of a quick run are not.
  let isJudged: Bool
  private let machine =
    "\(ProcessInfo.processInfo.activeProcessorCount) cores, SQLite \(Connection.libraryVersion), "
    + Date().formatted(.iso8601)

  var brokenCount: Int { isJudged ? figures.count { !$0.broken.isEmpty } : 0 }

  /// A Markdown table, so that it can be taken into the documentation as it is.
  var table: String {
    let header = [
      "scenario", "what", "unit", "median", "middle half", "rounds", "to the reference", "allocations",
      "budget", "",
    ]
    let rows = figures.map(cells)
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = "|" + widths.map { " " + String(repeating: "-", count: $0) + " |" }.joined()
    return ([machine, "", line(header), rule] + rows.map(line)).joined(separator: "\n")
  }

  private func cells(_ figure: Figure) -> [String] {
    [
      figure.scenario, figure.what, figure.unit, Figure.format(figure.spread.median),
      figure.spread.count < 2
        ? "-"
        : "\(Figure.format(figure.spread.lowerQuartile))…\(Figure.format(figure.spread.upperQuartile))",
      String(figure.spread.count),
      figure.ratio.map { "\(Figure.format($0))× \(figure.reference ?? "")" } ?? "",
      figure.allocations.map(Figure.format) ?? "",
      figure.budgets.map { $0.text(of: figure) }.joined(separator: ", "),
      !isJudged || figure.budgets.isEmpty ? "" : figure.broken.isEmpty ? "holds" : "PAST IT",
    ]
  }

  var json: String {
    get throws {
      struct Line: Encodable {
        let scenario, what, unit: String
        let median, lowerQuartile, upperQuartile: Double
        let rounds: Int
        let reference: String?
        let ratio, allocations: Double?
        let budgets: [String]
        let holds: Bool?
      }
      struct Document: Encodable {
        let machine: String
        let figures: [Line]
      }
      let lines = figures.map { figure in
        Line(
          scenario: figure.scenario, what: figure.what, unit: figure.unit, median: figure.spread.median,
          lowerQuartile: figure.spread.lowerQuartile, upperQuartile: figure.spread.upperQuartile,
          rounds: figure.spread.count, reference: figure.reference, ratio: figure.ratio,
          allocations: figure.allocations, budgets: figure.budgets.map { $0.text(of: figure) },
          holds: isJudged && !figure.budgets.isEmpty ? figure.broken.isEmpty : nil)
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      return String(decoding: try encoder.encode(Document(machine: machine, figures: lines)), as: UTF8.self)
    }
  }
}
