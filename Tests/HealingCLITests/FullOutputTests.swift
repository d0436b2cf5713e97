import Foundation
import Glibc
import Healing
import HealingSQLite
import HealingTestSupport
import Testing

@testable import HealingCLI

/// Output that cannot be written is not a success.
@Suite(.serialized) struct FullOutputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String], _ redirection: String) async throws -> (code: Int32, errors: String)
  {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let words = ([program] + arguments).map { "'\($0)'" }.joined(separator: " ")
    let result = try await ChildProcess.run("/bin/sh", ["-c", "echo 'timed out' | \(words) \(redirection)"])
    return (result.code, result.errors)
  }

  @Test func `every command that cannot write its output reports that and exits with 1`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    let ledger = ["--ledger", path]
    var commands = [["--help"], ["help"]] + HealingProgram.commands.map { [$0.name, "--help"] }
    commands += [
      ["report"] + ledger, ["report", "recent"] + ledger, ["breakers"] + ledger, ["check"] + ledger,
      ["components", "list"] + ledger,
      ["demo", "--seconds", "1"] + ledger, ["serve", "--check-config"] + ledger,
    ]
    for format in ["table", "json", "csv"] {
      commands += [
        ["detect", "--format", format], ["breakers", "--format", format] + ledger,
        ["report", "by-action", "--format", format] + ledger,
      ]
    }
    for command in commands {
      let (code, errors) = try await run(command, "> /dev/full")
      #expect(code == 1, "\(command)")
      #expect(
        errors == "healing: standard output cannot be written: No space left on device\n",
        "\(command): \(errors)")
      #expect(try await run(command, "> /dev/null").code == 0, "\(command)")
    }
    // The demo that could not say anything has closed its ledger all the same.
    let ends = try await SQLiteLedgerReader(path: path).processes.recent(limit: 9).map(\.end)
    #expect(ends.allSatisfy { $0 == .clean }, "\(ends)")
  }

  #if !HEALING_TSAN  // The sanitizer itself does not start under such a limit.
    @Test func `a file size limit acts as a full disk for the output`() async throws {
      let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
      let file = folder.path("out")
      let result = try await ChildProcess.run(
        "/bin/sh", ["-c", "ulimit -f 1; exec '\(program)' serve --help > '\(file)'"])
      #expect(result.code == 1, "\(result.errors)")
      #expect(result.errors.contains("standard output cannot be written: File too large"), "\(result.errors)")
    }
  #endif

  @Test func `a closed reader ends the command silently`() async throws {
    let path = folder.path()
    try await SQLiteLedger(path: path).close()
    for command in [["report"], ["check"], ["demo", "--seconds", "60"]] {
      let (code, errors) = try await run(command + ["--ledger", path], "| true")
      #expect(code == 0 && errors.isEmpty, "\(command): \(errors)")
    }
  }

  /// Standard output and error as a shell would redirect them; descriptor 4 is a pipe without a reader.
  private func run(_ command: [String], output: String, errors: String, input: String = "< /dev/null")
    async throws -> (code: Int32, errors: String)
  {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    let pipe = folder.path("pipe-\(UUID().uuidString)")
    let result = try await ChildProcess.run(
      "/bin/bash",
      [
        "-c",
        "mkfifo \"$0\"; exec 3<>\"$0\" 4>\"$0\" 3>&-; exec timeout -s KILL 100 \"$@\" \(input) \(output) \(errors) 4>&-",
        pipe, program,
      ] + command)
    return (result.code, result.errors)
  }

  private static let errorStreams = ["", "2>&-", "2> /dev/full", "2>&4"]

  /// Every command that prints, with arguments with which it succeeds.
  private func printing(on path: String) -> [[String]] {
    let ledger = ["--ledger", path]
    return [
      ["--help"], ["--version"], ["report"] + ledger, ["breakers"] + ledger, ["check"] + ledger,
      ["components", "list"] + ledger, ["components", "forget", "a"] + ledger, ["detect"],
      ["demo", "--seconds", "1"] + ledger, ["serve", "--check-config"] + ledger,
    ]
  }

  private func makeLedger() async throws -> String {
    let path = folder.path()
    let ledger = try SQLiteLedger(path: path)
    ledger.record(.component("a"))
    try await ledger.close()
    return path
  }

  @Test(arguments: [
    (">&-", "it is closed"), ("> /dev/full", "No space left"), ("1< /dev/null", "it is closed"),
  ])
  func `an output that accepts nothing is a failure, even if the message is lost`(
    output: String, reason: String
  ) async throws {
    for stream in Self.errorStreams {
      let path = try await makeLedger()
      for command in printing(on: path) {
        let (code, errors) = try await run(command, output: output, errors: stream)
        #expect(code == 1, "\(command) \(output) \(stream): \(errors)")
        guard stream.isEmpty else { continue }
        #expect(
          errors.hasPrefix("healing: standard output cannot be written: \(reason)"), "\(command): \(errors)")
        #expect(errors.split(separator: "\n").count == 1, "\(command): \(errors)")
      }
    }
  }

  @Test(arguments: errorStreams)
  func `a reader closed before the start ends every command silently`(stream: String)
    async throws
  {
    let path = try await makeLedger()
    for command in printing(on: path) {
      let (code, errors) = try await run(command, output: ">&4", errors: stream)
      #expect(code == 0 && errors.isEmpty, "\(command) \(stream): \(errors)")
    }
  }

  @Test(arguments: errorStreams)
  func `a command that waits for a reader ends when the reader closes`(stream: String) async throws {
    let path = try await makeLedger()
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    for command in printing(on: path) {
      let pipe = folder.path("full-\(UUID().uuidString)")
      // The pipe is full before the command starts, and its only reader, the shell, goes after that.
      let script = """
        mkfifo "$0"; exec 3<>"$0" 4>"$0"
        dd if=/dev/zero of="$0" oflag=nonblock bs=65536 count=64 2> /dev/null
        timeout -s KILL 100 "$@" < /dev/null >&4 \(stream) 3>&- 4>&- & exec 3>&- 4>&-; wait $!
        """
      let (code, errors) = try await {
        let result = try await ChildProcess.run("/bin/bash", ["-c", script, pipe, program] + command)
        return (result.code, result.errors)
      }()
      #expect(code == 0 && errors.isEmpty, "\(command) \(stream): \(errors)")
    }
  }

  @Test(arguments: errorStreams, ["table", "csv", "json"])
  func `detect with endless input ends when its reader closes, also when no line has a result`(
    stream: String, format: String
  ) async throws {
    let program = ChildProcess.productsFolder.appendingPathComponent("healing").path
    for (line, code) in [("{", "1"), ("", "0"), ("timed out", "0")] {
      let script = """
        mkfifo "$0"; exec 3<>"$0" 4>"$0" 3>&-
        yes "$1" | timeout -s KILL 100 "$2" detect --format \(format) \(stream.isEmpty ? "2> /dev/null" : stream) | true
        exit ${PIPESTATUS[1]}
        """
      let result = try await ChildProcess.run(
        "/bin/bash", ["-c", script, folder.path("pipe-\(UUID().uuidString)"), line, program])
      // The reader may be gone before the first line is read.
      #expect([code, "0"].contains("\(result.code)"), "\(line) \(stream): \(result)")
    }
  }

  @Test func `detect with silent input ends when its reader closes`() async throws {
    let input = folder.path("input")
    try #require(mkfifo(input, 0o600) == 0)
    let (code, errors) = try await run(
      ["detect", "--format", "json"], output: ">&4", errors: "", input: "<> '\(input)'")
    #expect(code == 0 && errors.isEmpty, "\(errors)")
  }

  @Test(arguments: ["<&-", "0> /dev/null"])
  func `unreadable input is an error of detect`(input: String) async throws {
    let (code, errors) = try await run(["detect"], output: "> /dev/null", errors: "", input: input)
    #expect(code == 1, "\(errors)")
    #expect(errors == "healing: standard input cannot be read: it is closed or not open for reading\n")
  }
}
