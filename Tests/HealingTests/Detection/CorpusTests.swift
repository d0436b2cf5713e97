import Foundation
import Healing
import Testing

/// Real messages with labels, kept outside the repository. The figures are the reached accuracy, so that a change of the
/// rules that lowers it is detected.
@Suite struct CorpusTests {
  private struct Entry: Decodable {
    let type: String?
    let message: String
    let code: Code?
    let category: ErrorCategory
    let transient: Bool

    /// A word or a number.
    struct Code: Decodable {
      let text: String
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = try (try? container.decode(Int.self)).map { String($0) } ?? container.decode(String.self)
      }
    }
  }

  static let corpus = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent("../../../../shared/corpus/dev.jsonl").standardized

  @Test(.enabled(if: FileManager.default.fileExists(atPath: corpus.path)))
  func `the labelled messages are classified as well as before`() throws {
    let lines = try String(contentsOf: Self.corpus, encoding: .utf8).split(separator: "\n")
    let entries = try lines.map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
    let detector = ErrorDetector()
    var wrong: [String] = []
    for entry in entries {
      let verdict = detector.classify(
        ErrorEvidence(type: entry.type ?? "", message: entry.message, code: entry.code?.text))
      if verdict.category != entry.category || verdict.isTransient != entry.transient {
        wrong.append(
          "\(verdict.category) \(verdict.isTransient) by \(verdict.rule), not \(entry.category): \(entry.message)"
        )
      }
    }
    #expect(entries.count >= 80)
    #expect(wrong.isEmpty, "\(wrong.joined(separator: "\n"))")
  }
}
