import CHealingLinux
package import Foundation
import Healing
import Synchronization

/// A child process, started with `posix_spawn`.
///
/// It has only the given environment, no open descriptor other than the standard ones, no blocked or ignored
/// signal, and a dedicated process group.
///
/// Foundation's `Process` is unsuitable for a long-running process: up to Swift 6.3 it reads past the end of a
/// buffer whenever it starts a program, which sometimes crashes the starting process
/// (swift-corelibs-foundation#5472).
package final class SpawnedProcess: Sendable {
  /// The standard streams, with their descriptor numbers in the program.
  package enum Stream: Int32, Sendable, CaseIterable {
    case input, output, errors
  }

  /// How the program ended.
  package enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exit(code: Int32)
    case signal(Int32)
    /// The system did not report the status, because `SIGCHLD` is ignored or other code collected the process.
    case unknown

    init(status: Int32) {
      // WIFEXITED, WEXITSTATUS and WTERMSIG of <sys/wait.h>, which Swift does not import.
      let signal = status & 0x7F
      self = signal == 0 ? .exit(code: (status >> 8) & 0xFF) : .signal(signal)
    }

    package var description: String {
      switch self {
      case .exit(let code): "exit code \(code)"
      case .signal(let number): "ended by signal \(number)"
      case .unknown: "its exit status is unknown; does this process ignore SIGCHLD?"
      }
    }
  }

  package let pid: Int32
  private let ending = Lock<Ending?>(nil)
  private let pipes: [Stream: FileHandle]
  private let endsGroup: Bool

  /// - Parameters:
  ///   - program: path of the program; `PATH` is not searched.
  ///   - arguments: arguments without the program's name.
  ///   - streams: streams connected by a ``pipe(_:)``; the others are `/dev/null`.
  ///   - endsGroup: whether all processes left in its process group are killed when the program has ended.
  ///     Default false.
  /// - Throws: ``SpawnError`` when the program cannot be started.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String], pipes streams: Set<Stream>,
    endsGroup: Bool = false
  ) throws {
    self.endsGroup = endsGroup
    var ours: [Stream: FileHandle] = [:]
    var theirs: [Stream: FileHandle] = [:]
    // In ascending order, so that a pipe's descriptor never has the number of a later stream, even if standard
    // descriptors are closed in this process.
    for stream in Stream.allCases where streams.contains(stream) {
      let (reading, writing) = try Self.makePipe(for: program)
      (ours[stream], theirs[stream]) = stream == .input ? (writing, reading) : (reading, writing)
    }
    pid = try Self.spawn(
      program, arguments, environment: environment, descriptors: theirs.mapValues(\.fileDescriptor))
    pipes = ours
    // Readers reach the end of a pipe only when all its write ends are closed.
    for end in theirs.values { try? end.close() }
  }

  /// This process's end of a pipe; `nil` when the stream has no pipe.
  package func pipe(_ stream: Stream) -> FileHandle? { pipes[stream] }

  /// Sends a signal, unless the program has been collected: its process id may then belong to another process.
  package func signal(_ number: Int32) {
    ending.withLock { if $0 == nil { _ = kill(pid, number) } }
  }

  /// Kills the program and all processes left in its process group, unless the program has been collected.
  package func killGroup() {
    ending.withLock { ending in
      guard ending == nil else { return }
      _ = kill(-pid, SIGKILL)
      // The program may have left the group.
      _ = kill(pid, SIGKILL)
    }
  }

  /// How the program ended; `nil` while it runs. Does not block.
  package var endingSoFar: Ending? {
    ending.withLock { ending in
      guard ending == nil else { return ending }
      // Checks for the end without collecting: between a check and `waitpid` the program could end, and its
      // group would survive.
      var information = siginfo_t()
      let hasEnded = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
      if hasEnded == 0 {
        guard information.si_signo == SIGCHLD else { return nil }
        // Kills the group before the program is collected: afterwards the id may belong to another group.
        if endsGroup { _ = kill(-pid, SIGKILL) }
      }
      var status: Int32 = 0
      switch waitpid(pid, &status, WNOHANG) {
      case pid: ending = Ending(status: status)
      case -1 where errno == ECHILD: ending = .unknown
      default: break
      }
      return ending
    }
  }

  /// Waits for the end; blocks the thread.
  @discardableResult
  package func wait() -> Ending {
    while true {
      if let ending = endingSoFar { return ending }
      // Only waits. ``endingSoFar`` collects under the lock, so that no signal is sent to another process with
      // the same id.
      var information = siginfo_t()
      _ = waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT)
    }
  }

  private static func makePipe(for program: String) throws -> (reading: FileHandle, writing: FileHandle) {
    var ends: [Int32] = [-1, -1]
    guard clinux_pipe2(&ends, O_CLOEXEC) == 0 else { throw SpawnError(program: program, code: errno) }
    return (
      FileHandle(fileDescriptor: ends[0], closeOnDealloc: true),
      FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    )
  }

  private static func spawn(
    _ program: String, _ arguments: [String], environment: [String: String], descriptors: [Stream: Int32]
  ) throws -> pid_t {
    func check(_ code: Int32) throws {
      guard code == 0 else { throw SpawnError(program: program, code: code) }
    }
    var files = posix_spawn_file_actions_t()
    try check(posix_spawn_file_actions_init(&files))
    defer { posix_spawn_file_actions_destroy(&files) }
    // Duplicates the pipes first, so that opening `/dev/null` overwrites none of their descriptors.
    for stream in Stream.allCases {
      guard let descriptor = descriptors[stream] else { continue }
      try check(posix_spawn_file_actions_adddup2(&files, descriptor, stream.rawValue))
    }
    for stream in Stream.allCases where descriptors[stream] == nil {
      try check(posix_spawn_file_actions_addopen(&files, stream.rawValue, "/dev/null", O_RDWR, 0))
    }
    try check(clinux_spawn_close_from(&files, Stream.errors.rawValue + 1))

    var attributes = posix_spawnattr_t()
    try check(posix_spawnattr_init(&attributes))
    defer { posix_spawnattr_destroy(&attributes) }
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    try check(posix_spawnattr_setsigmask(&attributes, &none))
    try check(posix_spawnattr_setsigdefault(&attributes, &all))
    try check(
      posix_spawnattr_setflags(
        &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)))

    var words = ([program] + arguments).map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = 0
    try check(posix_spawn(&pid, program, &files, &attributes, &words, &variables))
    return pid
  }
}

/// A program could not be started.
package struct SpawnError: Error, CustomStringConvertible {
  let program: String
  /// An `errno` value.
  let code: Int32

  package var description: String { "cannot start \(program): \(String(cString: strerror(code)))" }
}
