#if HEALING_TSAN
  import Glibc

  /// Stands in for `Mutex` under the thread sanitizer, with the same interface.
  ///
  /// The toolchain's `Mutex` takes its slow path inside a library that is not instrumented, so the sanitizer does not see
  /// that one holder follows another, and reports races between the two. It does see a POSIX mutex.
  ///
  /// `@unchecked Sendable`: the value is reached through ``withLock(_:)`` alone, which holds the mutex meanwhile; the
  /// pointers are set once, and what they point to lives as long as the lock.
  package struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    package init(_ value: consuming sending Value) {
      mutex = .allocate(capacity: 1)
      mutex.initialize(to: pthread_mutex_t())
      pthread_mutex_init(mutex, nil)
      self.value = .allocate(capacity: 1)
      self.value.initialize(to: value)
    }

    deinit {
      pthread_mutex_destroy(mutex)
      mutex.deallocate()
      value.deinitialize(count: 1)
      value.deallocate()
    }

    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value.pointee)
    }

    package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
      guard pthread_mutex_trylock(mutex) == 0 else { return nil }
      defer { pthread_mutex_unlock(mutex) }
      return try body(&value.pointee)
    }
  }
#else
  package import Synchronization

  /// Guards a value. The toolchain's own; `make test-tsan` puts one in its place that the sanitizer can see.
  package typealias Lock<Value: ~Copyable> = Mutex<Value>
#endif
