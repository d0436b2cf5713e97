import Foundation
import HealingChecks
import Testing

@Suite struct SpawnedProcessTests {
  /// Runs a script to its end.
  private func run(_ script: String, environment: [String: String] = [:]) throws -> (
    ending: SpawnedProcess.Ending, output: String
  ) {
    let program = try SpawnedProcess(
      "/bin/sh", ["-c", script], environment: environment, pipes: [.output, .errors])
    let output = try program.pipe(.output)?.readToEnd() ?? Data()
    return (program.wait(), String(decoding: output, as: UTF8.self))
  }

  @Test func `the exit status is the code or the signal, and is kept`() throws {
    #expect(try run("exit 0").ending == .exit(code: 0))
    #expect(try run("exit 255").ending == .exit(code: 255))
    #expect(try run("kill -TERM $$").ending == .signal(SIGTERM))
    let program = try SpawnedProcess("/bin/cat", [], environment: [:], pipes: [.input])
    #expect(program.endingSoFar == nil)
    program.signal(SIGKILL)
    #expect(program.wait() == .signal(SIGKILL))
    program.signal(SIGKILL)
    #expect(program.endingSoFar == .signal(SIGKILL) && program.wait() == .signal(SIGKILL))
    #expect("\(program.wait()), \(try run("exit 3").ending)" == "ended by signal 9, exit code 3")
  }

  @Test func `the rest of a process group is killed when the end is detected`() throws {
    for number in 0..<200 {
      let program = try SpawnedProcess(
        "/bin/sh", ["-c", "sleep 1000 & exit 0"], environment: [:], pipes: [.output], endsGroup: true)
      // Polls continuously, so that the end falls between any two steps of a poll.
      while program.endingSoFar == nil {}
      // A surviving child keeps the other end of the pipe open.
      var pipe = pollfd(fd: try #require(program.pipe(.output)).fileDescriptor, events: 0, revents: 0)
      let isClosed = poll(&pipe, 1, 60_000) == 1
      #expect(isClosed, "of program \(number)")
      if !isClosed {
        _ = kill(-program.pid, SIGKILL)
        return
      }
    }
  }

  @Test func `a program that cannot be started is reported with the reason`() throws {
    for (path, reason) in [("/nowhere/program", "No such file or directory"), ("/tmp", "Permission denied")] {
      let error = try #require(throws: SpawnError.self) {
        try SpawnedProcess(path, [], environment: [:], pipes: [.output])
      }
      #expect("\(error)" == "cannot start \(path): \(reason)")
    }
  }

  @Test func `a program reads its whole standard input`() throws {
    let program = try SpawnedProcess("/bin/cat", [], environment: [:], pipes: [.input, .output])
    let text = Data("a line\n".utf8)
    try program.pipe(.input)?.write(contentsOf: text)
    try program.pipe(.input)?.close()
    #expect(try program.pipe(.output)?.readToEnd() == text)
    #expect(program.wait() == .exit(code: 0) && program.pipe(.errors) == nil)
    #expect(try run("cat; echo only this; echo lost >&2").output == "only this\n")
  }

  @Test func `a program inherits neither environment, descriptors nor signals`() throws {
    #expect(try run("/usr/bin/env", environment: ["A": "b=c"]).output.contains("A=b=c\n"))
    #expect(try !run("/usr/bin/env").output.contains("PATH=/"))

    // Left open to be inherited on purpose.
    let descriptors = (0..<100).map { _ in open("/dev/null", O_RDONLY) }
    defer { for descriptor in descriptors { close(descriptor) } }
    #expect(try #require(descriptors.last) > 50)
    #expect(try run("ls /proc/$$/fd; true").output == "0\n1\n2\n")

    var (blocked, before) = (sigset_t(), sigset_t())
    sigemptyset(&blocked)
    sigaddset(&blocked, SIGUSR1)
    pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let ignored = signal(SIGUSR2, SIG_IGN)
    defer { signal(SIGUSR2, ignored) }
    let lines = try run("exec grep -E '^Sig(Blk|Ign)' /proc/self/status").output.split(separator: "\n")
    let masks = try lines.map { try #require(UInt64($0.suffix(16), radix: 16)) }
    // glibc keeps the two above 31 for itself.
    #expect(masks.map { $0 & 0x7FFF_FFFF } == [0, 0])
  }
}
