import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

@Suite struct VersionTests {
  @Test(arguments: ["--version", "version"])
  func `the version is printed`(word: String) async throws {
    let result = try await Program.run(word)
    #expect(result.code == 0 && result.errors.isEmpty)
    #expect(result.output == "healing \(Version.current)\n")
    let more = try await Program.run(word, "report")
    #expect(more.code == 2 && more.errors.contains("'report' is an unexpected argument"), "\(more)")
  }

  @Test func `the daemon's first line, its run in the ledger and the API have the version`()
    async throws
  {
    let folder = try TemporaryFolder()
    let daemon = try await DaemonProcess(["--ledger", folder.path()])
    let line = daemon.process.errorText.split(separator: "\n").first ?? ""
    #expect(line.contains("\"version\":\"\(Version.current)\""), "\(line)")
    let api = try await daemon.ask("/openapi.json").body
    let object = try JSONSerialization.jsonObject(with: Data(api.utf8)) as? [String: Any]
    #expect((object?["info"] as? [String: Any])?["version"] as? String == Version.current)
    await daemon.end()
    let runs = try await SQLiteLedgerReader(path: folder.path()).processes.recent(limit: 5)
    #expect(runs.map(\.release) == [Version.current] && runs.map(\.program) == ["healing serve"])
  }
}
