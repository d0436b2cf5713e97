import Glibc

/// The signal that a thread gets for writing to somebody who has gone, and that ends the process unless it is kept away.
package enum BrokenPipe {
  /// Keeps it from the calling thread.
  package static func block() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }
}
