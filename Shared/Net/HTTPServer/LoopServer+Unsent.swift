import EventLoop

// The memory of responses that clients do not read.
extension LoopServer {
  /// The bytes that a transfer must move in this time.
  func transferBytes(in seconds: Int) -> Int { max(1, configuration.minimumBytesPerSecond * seconds) }

  /// Closes connections while more bytes wait than the loop may hold: those that have accepted nothing for longest.
  func limitUnsent() {
    while unsentBytes > configuration.maximumUnsentBytesPerLoop, let connection = longestWaiting {
      counters.countUnread(.unsentLimit, from: connection.remoteAddress)
      connection.close()
    }
  }

  /// Returns the memory of responses to the system after many bytes have waited: the allocator would keep it.
  func returnMemory() {
    guard largestUnsent >= ServerLimit.trimmedUnsentBytes, unsentBytes < largestUnsent / 2 else { return }
    largestUnsent = unsentBytes
    Heap.trim()
  }
}
