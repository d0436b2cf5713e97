import Healing
import HealingSQLite

enum RestoreCommand: Command {
  static let name = "restore"
  static let summary = "puts a backup in place of a ledger that no program has open"
  static let positional = "BACKUP"
  static let options: [Option] = [
    .ledger,
    Option(name: "replace", value: nil, help: "keep a ledger at PATH under another name"),
    .maxRate,
  ]
  static let examples = """

    The command copies BACKUP to PATH-partial, checks the integrity of the copy,
    recounts its totals, and only then renames it to PATH. It refuses while a
    program has the ledger open. With --replace it renames a ledger at PATH to
    PATH-replaced-TIME, with its -wal.

    Batches that programs wrote after the backup are missing from the restored
    ledger. A gap row counts those that the lock file knows of.

    Run the command as the user of the programs that write the ledger.

    Examples:
      healing restore /backup/healing-2026-11-28.db --ledger healing.db
      healing restore copy.db --ledger healing.db --replace

    """

  static func run(_ options: ParsedOptions) async throws {
    try options.rejectArguments(after: 1)
    guard let backup = options.positional.first, !backup.isEmpty else {
      throw UsageError("give BACKUP, the file to restore; see 'healing restore --help'")
    }
    let path = try options.ledgerPath()
    let rate = try options.maxRate()
    let upkeep = UpkeepTimer()
    let progress = ProgressLine()
    let result: LedgerRestore.Result
    do {
      defer { progress.end() }
      let handler = SIGINTHandler.removingPartial(of: path, progress)
      defer { withExtendedLifetime(handler) {} }
      result = try await upkeep.run(.restore, ledger: path) {
        try await LedgerRestore(backup: backup, path: path, bytesPerSecond: rate) { progress.show($0) }
          .run(replacing: options.has("replace"))
      }
    }
    if let kept = result.keptAs { StandardError.say("healing: the former ledger is kept as \(kept)") }
    // The marks of the lock file are those of later batches: restoring an earlier state accepts their loss.
    let ledger = try SQLiteLedger(acceptingLossAt: path, identity: Version.identity("restore")) {
      StandardError.say("healing: \($0)")
    }
    try await ledger.close()
    upkeep.record(.restore, ["backup": .text(backup), "bytes": .integer(result.bytes)], ledger: path)
    try StandardOutput.write(
      TerminalText.line(
        "\(path): \(ByteText.of(result.bytes)) restored from \(backup) in \(upkeep.seconds) s;"
          + " its integrity and every total were checked") + "\n")
  }
}
