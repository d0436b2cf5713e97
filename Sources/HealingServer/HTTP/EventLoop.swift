import CHealingEvent
import Foundation
import Healing
import Synchronization

/// A libevent loop on a dedicated thread. libevent is used on that thread only; other threads post jobs to it.
///
/// `@unchecked Sendable`: `base` and `wakeEvent` are set before the thread starts and used on it alone. The
/// descriptor may be written to from any thread. The jobs are protected by their lock.
final class EventLoop: @unchecked Sendable {
  typealias Job = @Sendable () -> Void

  /// The libevent base. Only for jobs of this loop.
  let base: OpaquePointer
  private let wakeDescriptor: Int32
  private var wakeEvent: OpaquePointer?
  private let jobs = Lock<[Job]>([])
  private let ended = DispatchSemaphore(value: 0)

  /// - Throws: ``HTTPServerError`` when descriptors or memory are exhausted.
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
      // Writing to a closed connection must not end the process.
      CLibrary.blockBrokenPipe()
      event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY)
      ended.signal()
    }
    thread.name = "healing-http"
    thread.start()
  }

  /// Enqueues a job. May be called on any thread.
  func post(_ job: @escaping Job) {
    let isFirst = jobs.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if isFirst { _ = cevent_wake(wakeDescriptor) }
  }

  /// Ends the thread after all jobs posted before, and waits for it.
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

/// Carries a value that belongs to the loop's thread across other threads.
///
/// `@unchecked Sendable`: only jobs of the loop access the value.
struct LoopBound<Value>: @unchecked Sendable {
  let value: Value
}
