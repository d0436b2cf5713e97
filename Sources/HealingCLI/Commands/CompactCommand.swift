import Foundation
import Healing
import HealingSQLite
import Synchronization

enum CompactCommand: Command {
  static let name = "compact"
  static let summary = "makes the file of a ledger as small as its rows"
  static let options: [Option] = [.ledger]
  static let examples = """

    A ledger of this release gives the pages of deleted rows back by itself. The
    file of an earlier release does so only after it was compacted once. The
    command rewrites the whole file, which takes about a second for each 100 MB and
    needs space for two copies. It refuses while another program has the ledger
    open.

    Example:
      healing compact --ledger healing.db

    """

  /// Time between two lines of progress.
  private static let interval = Duration.milliseconds(500)

  static func run(_ options: ParsedOptions) async throws {
    let path = try options.ledgerPath()
    let upkeep = try LedgerUpkeep(path: path, identity: Version.identity("compact"))
    let isTerminal = isatty(STDERR_FILENO) == 1
    let expected = Expected()
    let progress = isTerminal ? Task { await show(expected, upkeep) } : nil
    defer { progress?.cancel() }
    let sizes = try await UpkeepTimer().run(.compact, ledger: path) {
      try await upkeep.compact { bytes in
        expected.bytes.store(bytes, ordering: .relaxed)
        if isTerminal { StandardError.say("healing: compacting \(path): \(ByteText.of(bytes)) of rows") }
      }
    }
    try StandardOutput.write(
      "the file had \(ByteText.of(sizes.before)), and has \(ByteText.of(sizes.after))\n")
  }

  /// Bytes that the copy in the write-ahead log will have; 0 before the work begins.
  private final class Expected: Sendable {
    let bytes = Atomic<Int64>(0)
  }

  /// Prints the share of the copy that is written, until the task is cancelled.
  private static func show(_ expected: Expected, _ upkeep: LedgerUpkeep) async {
    while (try? await Task.sleep(for: interval)) != nil {
      let bytes = expected.bytes.load(ordering: .relaxed)
      guard bytes > 0 else { continue }
      StandardError.say("healing: compacting: \(min(99, 100 * upkeep.sizes.log / bytes)) %")
    }
  }
}
