import Foundation
import Healing
import HealingSQLite

enum BackupCommand: Command {
  static let name = "backup"
  static let summary = "backs up a ledger to a new file while programs write it"
  static let positional = "TARGET"
  static let options: [Option] = [.ledger, .maxRate]
  static let examples = """

    The command copies the ledger as of the moment at which it starts, checks the
    integrity of the copy, recounts its totals, and only then renames
    TARGET-partial to TARGET. It overwrites no file. A command that was killed
    leaves TARGET-partial, which the next one for the same TARGET reuses.

    While it copies, the -wal of the ledger grows. From 64 MiB of -wal on the
    command copies without a limit of the rate.

    Examples:
      healing backup /backup/healing-2026-11-28.db --ledger healing.db
      healing backup copy.db --ledger healing.db --max-rate 16

    """

  static func run(_ options: ParsedOptions) async throws {
    try options.rejectArguments(after: 1)
    guard let target = options.positional.first, !target.isEmpty else {
      throw UsageError("give TARGET, the file to write; see 'healing backup --help'")
    }
    let path = try options.ledgerPath()
    let rate = try options.maxRate()
    let upkeep = UpkeepTimer()
    let progress = ProgressLine()
    let handler = SIGINTHandler.removingPartial(of: target, progress)
    let bytes: Int64
    do {
      defer { progress.end() }
      bytes = try await upkeep.run(.backup, ledger: path) {
        try await LedgerBackup(path: path, bytesPerSecond: rate) { progress.show($0) }.write(to: target)
      }
    }
    withExtendedLifetime(handler) {}
    upkeep.record(.backup, ["target": .text(target), "bytes": .integer(bytes)], ledger: path)
    try StandardOutput.write(
      TerminalText.line(
        "\(target): \(ByteText.of(bytes)) backed up in \(upkeep.seconds) s;"
          + " the integrity and every total of the copy were checked") + "\n")
  }
}

extension Option {
  static let maxRate = Option(
    name: "max-rate", value: "MIB", help: "copy at most so many MiB a second, 1...100000 (default: 64)")
}

extension ParsedOptions {
  /// Returns the value of ``Option/maxRate`` in bytes a second.
  func maxRate() throws -> Int64 {
    Int64(
      try integer("max-rate", default: Int(LedgerCopy.defaultBytesPerSecond >> 20), in: 1...100_000)) << 20
  }
}

extension SIGINTHandler {
  /// Removes the incomplete file of a target and ends the program on SIGINT and SIGTERM.
  static func removingPartial(of target: String, _ progress: ProgressLine) -> SIGINTHandler {
    SIGINTHandler {
      LedgerBackup.removePartial(of: target)
      progress.end()
      StandardError.say("healing: interrupted; nothing was written")
      _exit(ExitCode.failure.rawValue)
    }
  }
}
