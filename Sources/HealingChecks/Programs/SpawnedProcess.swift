import CHealingLinux
package import Foundation
import Healing
import Synchronization

/// A program that was started.
///
/// It has the environment it is given and no more, no open descriptor but its standard ones, no signal blocked or
/// ignored, and a process group of its own.
///
/// Foundation's `Process` is no choice for a process that has to stay up: up to Swift 6.3 it reads past the end of a
/// buffer whenever it starts a program, which now and then ends the one that starts it
/// (swift-corelibs-foundation#5472).
package final class SpawnedProcess: Sendable {
  /// The standard ones, as the program numbers them.
  package enum Stream: Int32, Sendable, CaseIterable {
    case input, output, errors
  }

  /// How it ended.
  package enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exit(code: Int32)
    case signal(Int32)
    /// The system told nobody, which it does not where `SIGCHLD` is ignored, or told somebody else.
    case unknown

    init(status: Int32) {
      // What WIFEXITED, WEXITSTATUS and WTERMSIG of <sys/wait.h> do, which Swift does not import.
      let signal = status & 0x7F
      self = signal == 0 ? .exit(code: (status >> 8) & 0xFF) : .signal(signal)
    }

    package var description: String {
      switch self {
      case .exit(let code): "exit code \(code)"
      case .signal(let number): "ended by signal \(number)"
      case .unknown: "how it ended is not known; is SIGCHLD ignored in this process?"
      }
    }
  }

  package let pid: Int32
  private let ending = Lock<Ending?>(nil)
  private let pipes: [Stream: FileHandle]
  private let endsGroup: Bool

  /// - Parameters:
  ///   - program: its path; no folder is searched.
  ///   - arguments: without the name of the program itself.
  ///   - streams: the ones to reach by a ``pipe(_:)``; the others are `/dev/null`.
  ///   - endsGroup: whether all that it started and that is still in its process group is killed when it has ended. Default
  ///     false.
  /// - Throws: ``SpawnError`` when it cannot be started.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String], pipes streams: Set<Stream>,
    endsGroup: Bool = false
  ) throws {
    self.endsGroup = endsGroup
    var ours: [Stream: FileHandle] = [:]
    var theirs: [Stream: FileHandle] = [:]
    // In their order: a pipe's end can then not stand where the program's next stream goes, whatever is closed here.
    for stream in Stream.allCases where streams.contains(stream) {
      let (reading, writing) = try Self.makePipe(for: program)
      (ours[stream], theirs[stream]) = stream == .input ? (writing, reading) : (reading, writing)
    }
    pid = try Self.spawn(
      program, arguments, environment: environment, descriptors: theirs.mapValues(\.fileDescriptor))
    pipes = ours
    // Whoever reads gets to the end only when nobody can write any more.
    for end in theirs.values { try? end.close() }
  }

  /// This side's end; `nil` when none was asked for.
  package func pipe(_ stream: Stream) -> FileHandle? { pipes[stream] }

  /// Sends a signal. None when the end is known: the number may be another program's by then.
  package func signal(_ number: Int32) {
    ending.withLock { if $0 == nil { _ = kill(pid, number) } }
  }

  /// Kills it and all that it started and that is still in its process group, unless its end is known.
  package func killGroup() {
    ending.withLock { ending in
      guard ending == nil else { return }
      _ = kill(-pid, SIGKILL)
      // It may have left that group.
      _ = kill(pid, SIGKILL)
    }
  }

  /// How it ended, if it has. Does not wait.
  package var endingSoFar: Ending? {
    ending.withLock { ending in
      guard ending == nil else { return ending }
      // Checks for the end without reaping: between a check and `waitpid` the program could end, and its group would survive.
      var information = siginfo_t()
      let hasEnded = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT)
      if hasEnded == 0 {
        guard information.si_signo == SIGCHLD else { return nil }
        // Before the program is collected: afterwards its number may be another group's.
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

  /// Waits for the end. Blocks its thread.
  @discardableResult
  package func wait() -> Ending {
    while true {
      if let ending = endingSoFar { return ending }
      // Leaves the program to be collected under the lock, so that no signal goes to its successor.
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
    // The pipes first, so that opening the others harms none of their ends.
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
