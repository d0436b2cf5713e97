import CEvent

/// The memory allocator of a process that has to stay within a memory limit.
package enum ProcessMemory {
  /// Bytes from which on a block gets pages of its own, which go back to the system when it is freed. glibc raises its
  /// threshold up to 32 MiB as large blocks are freed; then large answers are made in the heap and leave it fragmented.
  private static let mappedBytes: Int32 = 128 * 1_024
  /// Threads take turns in these many heaps, instead of 8 for each processor: each keeps its own free memory.
  private static let heaps: Int32 = 2

  /// Makes the allocator return memory to the system soon. Affects the whole process, so a program calls this, and a library
  /// does not. Call it before the first thread starts.
  package static func limit() {
    mallopt(M_MMAP_THRESHOLD, mappedBytes)
    mallopt(M_ARENA_MAX, heaps)
  }
}
