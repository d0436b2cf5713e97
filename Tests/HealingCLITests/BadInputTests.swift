import Foundation
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

@Suite(.serialized) struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// One clear line on standard error, nothing on standard output, and the file as it was.
  private func expect(
    _ arguments: [String], code: Int32, says words: String, keeps file: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) async throws {
    let before = file.flatMap { FileManager.default.contents(atPath: $0) }
    let result = try await ChildProcess.run("healing", arguments)
    #expect(result.code == code, "\(result.errors)", sourceLocation: location)
    #expect(result.errors.hasPrefix("healing: "), sourceLocation: location)
    #expect(result.errors.contains(words), "\(result.errors)", sourceLocation: location)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)", sourceLocation: location)
    #expect(result.output.isEmpty, sourceLocation: location)
    if let file {
      #expect(result.errors.contains(file), sourceLocation: location)
      #expect(FileManager.default.contents(atPath: file) == before, sourceLocation: location)
    }
  }

  @Test(arguments: [
    (["breakers", "reset"], "reset needs a component: 'reset NAME'"),
    (["breakers", "release"], "release needs a component"),
    (["breakers", "force"], "force needs a component and a state"),
    (["breakers", "force", "mail"], "'force mail open' or 'force mail closed'"),
    (["--ledger", "a.db", "report"], "the command comes before '--ledger'"),
    (["reprot"], "there is no command 'reprot'; did you mean 'report'? Commands: demo"),
  ])
  func `an incomplete command says which word is missing`(command: [String], words: String) async throws {
    try await expect(command, code: 2, says: words)
  }

  @Test(arguments: [
    ["report"], ["breakers"], ["demo", "--seconds", "1"], ["check"], ["components", "list"],
    ["components", "forget", "a"],
  ])
  func `each kind of wrong file has its exit code and its remedy`(command: [String]) async throws {
    let isWriter = command[0] == "demo"
    func with(_ path: String) -> [String] { command + ["--ledger", path] }

    let text = folder.path("text")
    try Data(String(repeating: "not a database. ", count: 100).utf8).write(to: URL(fileURLWithPath: text))
    try await expect(with(text), code: 4, says: "not a database", keeps: text)

    let foreign = folder.path("foreign")
    try Connection(path: foreign, mode: .readWriteCreate).execute("CREATE TABLE t (a)")
    try await expect(with(foreign), code: 5, says: "not a ledger", keeps: foreign)

    let good = folder.path("good")
    let ledger = try SQLiteLedger(path: good)
    for _ in 0..<2_000 {
      ledger.record(CallSample(component: "a", outcome: .success, durationNanoseconds: 1, endedAt: 0))
    }
    try await ledger.close()
    let whole = try Data(contentsOf: URL(fileURLWithPath: good))
    let truncated = folder.path("truncated")
    try whole.prefix(whole.count / 2 / 8192 * 8192).write(to: URL(fileURLWithPath: truncated))
    try await expect(with(truncated), code: 4, says: "damaged", keeps: truncated)

    let edited = folder.path("edited")
    try whole.write(to: URL(fileURLWithPath: edited))
    try Connection(path: edited, mode: .readWrite).execute("UPDATE migration SET checksum = 'x'")
    try await expect(with(edited), code: 5, says: "different text", keeps: edited)

    let newer = folder.path("newer")
    try whole.write(to: URL(fileURLWithPath: newer))
    try Connection(path: newer, mode: .readWrite).execute(
      "INSERT INTO migration SELECT max(version) + 1, 'later', 'x', 0 FROM migration")
    try await expect(with(newer), code: 5, says: "newer", keeps: newer)

    try await expect(with(folder.url.path), code: 3, says: "folder")
    try await expect(with(folder.path("none/healing.db")), code: 3, says: "does not exist")
    if isWriter {
      try await expect(with("/proc/healing.db"), code: 3, says: "/proc/healing.db")
    } else {
      try await expect(with(folder.path("missing")), code: 3, says: "no such file")
    }
  }

  @Test func `an error names the path that cannot be written`() async throws {
    // Root may write anywhere; another user cannot write the folder.
    let closed = folder.url.appendingPathComponent("closed")
    try FileManager.default.createDirectory(
      at: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
    let path = closed.appendingPathComponent("healing.db").path
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let arguments = [program, "demo", "--seconds", "1", "--ledger", path]
    let asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    let result =
      getuid() == 0
      ? try await ChildProcess.run("/usr/bin/setpriv", asNobody + arguments)
      : try await ChildProcess.run(program, Array(arguments.dropFirst()))
    #expect(result.code == 3, "\(result.errors)")
    #expect(
      result.errors.contains(path) && result.errors.contains("check that the folder"), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: closed.path).isEmpty)
  }

  @Test(arguments: ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
  func `a closed standard error does not end a command early`(redirection: String) async throws {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let result = try await ChildProcess.run("/bin/sh", ["-c", "exec '\(program)' repotr \(redirection)"])
    #expect(result.code == 2)
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let closed = try await ChildProcess.run(
      "/bin/sh", ["-c", "exec '\(program)' report --ledger '\(path)' \(redirection)"])
    #expect(closed.code == (redirection.contains(">&- 2") ? 1 : 0))
  }

  @Test func `an argument that a command does not take is rejected with one text`() async throws {
    for command in HealingProgram.commands where command.positional.isEmpty {
      try await expect(
        [command.name, "foo", "--ledger", "x"].filter {
          command.name != "detect" || !["--ledger", "x"].contains($0)
        },
        code: 2, says: "'foo' is an unexpected argument; see 'healing \(command.name) --help'")
    }
    for words in [
      ["backup", "a", "foo"], ["restore", "a", "foo"], ["salvage", "a", "b", "foo"], ["ingest", "a", "foo"],
      ["report", "overall", "foo"], ["components", "list", "foo"], ["--version", "foo"],
      ["help", "report", "foo"],
    ] {
      try await expect(words, code: 2, says: "'foo' is an unexpected argument; see 'healing")
    }
    try await expect(
      ["check", "healing.db"], code: 2,
      says: "'healing.db' is an unexpected argument; give the path of a ledger as --ledger healing.db")
  }

  @Test func `the environment has the ledger of commands without --ledger`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let found = try await ChildProcess.run("healing", ["check"], environment: ["HEALING_LEDGER": path])
    #expect(found.code == 0 && found.output.contains(path), "\(found)")
    let other = try await ChildProcess.run(
      "healing", ["check", "--ledger", folder.path("none")], environment: ["HEALING_LEDGER": path])
    #expect(other.code == 3, "\(other)")
    let empty = try await ChildProcess.run("healing", ["check"], environment: ["HEALING_LEDGER": ""])
    #expect(empty.code == 2 && empty.errors.contains("--ledger PATH is missing"), "\(empty)")
  }

  @Test func `every form of asking for help works`() async throws {
    let help = try await Program.run("report", "--help")
    for words in [["report", "-h"], ["help", "report"], ["--help", "report"], ["-h", "report"]] {
      #expect(try await ChildProcess.run("healing", words).output == help.output, "\(words)")
    }
    let usage = try await Program.run("--help")
    #expect(usage.code == 0 && usage.output.hasPrefix("Usage: healing COMMAND"), "\(usage)")
    for first in ["--help", "-h", "help"] {
      for second in ["--help", "-h", "help", "--version", "version"] {
        let found = try await Program.run(first, second)
        #expect(found.code == 0 && found.output == usage.output, "\(first) \(second): \(found)")
      }
    }
  }

  /// The exit codes of the table in the README.
  @Test func `a missing input is 3, a file in the way is 3, an unknown name is 1`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let (none, other) = (folder.path("none"), folder.path("other.db"))
    try await SQLiteLedger(path: other).close()
    for (words, says) in [
      (["backup", other, "--ledger", path], "the file exists"),
      (["salvage", path, other], "the file exists"),
      (["restore", path, "--ledger", other], "the ledger exists"),
      (["ingest", none, "--ledger", path], "the file cannot be read"),
      (["merge", none, "--ledger", path], "no such file"),
      (["salvage", none, folder.path("new")], none),
      (["restore", none, "--ledger", folder.path("new")], "no such file"),
      (["export", "--ledger", none], "no such file"), (["prune", "--ledger", none], "no such file"),
    ] {
      try await expect(words, code: 3, says: says)
    }
    for words in [
      ["pin", "remove", "99"], ["breakers", "force", "nope", "open"], ["breakers", "reset", "nope"],
      ["components", "forget", "nope"], ["report", "--component", "nope"],
      ["pin", "--since", "1d", "--reason", "r", "--component", "nope"],
    ] {
      try await expect(words + ["--ledger", path], code: 1, says: path)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("new")))
  }

  @Test func `the error of a wrong command line names the correct one`() async throws {
    try await expect(["repotr"], code: 2, says: "did you mean 'report'")
    try await expect(["report", "--leger", "x"], code: 2, says: "did you mean --ledger")
    try await expect(["report"], code: 2, says: "--ledger PATH is missing")
    try await expect(["report", "by-acton", "--ledger", "x"], code: 2, says: "did you mean 'by-action'")
    try await expect(["report", "recent", "--ledger", "x", "--limit", "0"], code: 2, says: "1...1000")
    try await expect(
      ["report", "recent", "--ledger", "x", "--format", "xml"], code: 2, says: "table, json, csv")
    try await expect(["report", "recent", "--ledger", "x", "--since", "tomorrow"], code: 2, says: "ISO-8601")
    try await expect(
      ["report", "recent", "--ledger", "x", "--component", "a b"], code: 2, says: "letters, digits")
    try await expect(["report", "--ledger"], code: 2, says: "--ledger")
    try await expect(["report", "--ledger", "x", "--ledger", "y"], code: 2, says: "twice")
    try await expect(["demo", "--ledger", "x", "--seconds", "ten"], code: 2, says: "1...86400")
  }
}
