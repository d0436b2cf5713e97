import Glibc

/// Blocks SIGPIPE, which a write to a closed connection or pipe raises and which ends the process by default.
package enum BrokenPipe {
  /// Blocks SIGPIPE on the calling thread.
  package static func block() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}
