import Foundation
import Testing

@testable import Healing

/// Redaction keeps texts without a secret.
@Suite struct HarmlessMessagesTests {
  @Test func `there are 300 messages`() {
    #expect(Set(HarmlessMessages.all).count >= 300)
  }

  @Test(arguments: HarmlessMessages.all)
  func `redaction keeps a harmless message`(message: String) {
    #expect(Redactor.redact(message) == message)
  }

  private struct Entry: Decodable { let message: String }

  /// Of the labelled messages all but these two, which quote a key and a password.
  @Test(arguments: ["dev.jsonl", "dev-2.jsonl"])
  func `redaction keeps messages of real programs`(file: String) throws {
    let path = CorpusTests.corpus.deletingLastPathComponent().appendingPathComponent(file)
    guard FileManager.default.fileExists(atPath: path.path) else {
      print("left out: there is no \(path.path)")
      return
    }
    let messages = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
      .map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)).message }
    let changed = messages.filter { Redactor.redact($0, maximumLength: 100_000) != $0 }
    #expect(messages.count >= 80)
    #expect(
      changed.allSatisfy {
        $0.hasPrefix("Incorrect API key provided: deadbeef") || $0.contains("identified by 'openstack")
      })
  }
}
