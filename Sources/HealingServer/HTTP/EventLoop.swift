import CHealingEvent
import Foundation
import Healing
import Synchronization

/// One libevent loop on a thread of its own. Everything of libevent is used on that thread only; other threads hand
/// it jobs.
///
/// `@unchecked Sendable`: `base` and `wakeEvent` are set before the thread starts and used on it alone; the descriptor
/// may be written to from any thread, and the jobs are under their lock.
final class EventLoop: @unchecked Sendable {
  typealias Job = @Sendable () -> Void

  /// The loop, for use by its own jobs.
  let base: OpaquePointer
  private let wakeDescriptor: Int32
  private var wakeEvent: OpaquePointer?
  private let jobs = Lock<[Job]>([])
  private let ended = DispatchSemaphore(value: 0)

  /// - Throws: ``HTTPServerError`` when the system has no room for one.
  init() throws(HTTPServerError) {
    guard let base = event_base_new() else {
      throw HTTPServerError("no event loop: out of descriptors or memory")
    }
    let descriptor = cevent_wake_descriptor()
    guard descriptor >= 0 else {
      event_base_free(base)
      throw HTTPServerError("no event loop: \(String(cString: strerror(errno)))")
    }
    self.base = base
    wakeDescriptor = descriptor
    wakeEvent = event_new(
      base, descriptor, Int16(EV_READ | EV_PERSIST),
      { descriptor, _, loop in
        cevent_clear_wake(descriptor)
        if let loop { Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().runJobs() }
      }, Unmanaged.passUnretained(self).toOpaque())
    event_add(wakeEvent, nil)
  }

  deinit {
    event_free(wakeEvent)
    event_base_free(base)
    close(wakeDescriptor)
  }

  /// Starts the thread, which keeps the loop alive until ``stop()``.
  func start() {
    let thread = Thread { [self] in
      // A client that has gone must not end the process that serves it.
      BrokenPipe.block()
      event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY)
      ended.signal()
    }
    thread.name = "healing-http"
    thread.start()
  }

  /// Hands over a job. May be called on any thread.
  func post(_ job: @escaping Job) {
    let isFirst = jobs.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if isFirst { _ = cevent_wake(wakeDescriptor) }
  }

  /// Ends the thread after the jobs that were handed over before, and waits for it.
  func stop() {
    post { [self] in event_base_loopbreak(base) }
    ended.wait()
  }

  private func runJobs() {
    let due = jobs.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
    for job in due { job() }
  }
}

/// Carries something of the loop's thread through another one.
///
/// `@unchecked Sendable`: whoever carries it does not look into it; only jobs of the loop do.
struct LoopBound<Value>: @unchecked Sendable {
  let value: Value
}
