import Foundation

/// Writes the Prometheus text format, version 0.0.4.
struct PrometheusText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  /// Adds a metric and its samples. A metric without samples is left out.
  mutating func add(
    _ name: String, _ kind: Kind, _ help: String,
    _ samples: [(labels: [(String, String)], value: Double)]
  ) {
    guard !samples.isEmpty else { return }
    header(name, kind, help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  /// Adds a histogram without labels.
  /// - Parameter counts: one count for each bound and one for values above the last, not cumulative.
  mutating func addHistogram(_ name: String, _ help: String, bounds: [Double], counts: [Int64], sum: Double) {
    header(name, .histogram, help)
    var total: Int64 = 0
    for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], counts) {
      total += count
      line("\(name)_bucket", [("le", bound)], Double(total))
    }
    line("\(name)_sum", [], sum)
    line("\(name)_count", [], Double(total))
  }

  private mutating func header(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func line(_ name: String, _ labels: [(String, String)], _ value: Double) {
    let words = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
    let set = words.isEmpty ? "" : "{\(words.joined(separator: ","))}"
    let number = Int64(exactly: value).map(String.init) ?? "\(value)"
    text += "\(name)\(set) \(number)\n"
  }

  /// Works on scalars, so that a quote followed by a combining mark is escaped.
  private static func escaped(_ value: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\", "\"": result.append(contentsOf: ["\\", scalar])
      case "\n": result.append(contentsOf: ["\\", "n"])
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
