#if HEALING_TSAN
  // `make test-tsan` runs on Linux with glibc only.
  import Glibc

  /// Replaces `Mutex` under the thread sanitizer, with the same interface.
  ///
  /// The slow path of the toolchain's `Mutex` runs in an uninstrumented library. The sanitizer therefore misses the
  /// order of lock holders and reports false races. It does instrument POSIX mutexes.
  ///
  /// `@unchecked Sendable`: only ``withLock(_:)`` and ``withLockIfAvailable(_:)`` access the value, while holding
  /// the mutex. The pointers are set once, and their memory lives as long as the lock.
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

  /// A mutex that guards a value: the toolchain's `Mutex`, or under `make test-tsan` a replacement that the
  /// sanitizer instruments.
  package typealias Lock<Value: ~Copyable> = Mutex<Value>
#endif
