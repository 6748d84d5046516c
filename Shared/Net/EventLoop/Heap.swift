import CLinux

/// The allocator of the C library, which Swift uses too.
package enum Heap {
  /// Lets the allocator return large blocks to the system when they are freed. By default it learns from the first freed
  /// one to keep them, and a process keeps the memory of its worst moment. Call it once, at the start of a program.
  package static func returnLargeBlocks() { bulkhead_return_large_blocks() }

  /// Returns free memory to the system. It takes some milliseconds (malloc_trim(3)).
  package static func trim() { bulkhead_trim_heap() }
}
