import EventLoop

// The memory of responses that clients do not read.
extension LoopServer {
  /// The bytes that a transfer must move in this time.
  func transferBytes(in seconds: Int) -> Int { max(1, configuration.minimumBytesPerSecond * seconds) }

  /// How long a client may take for ``readerBytes`` of its response.
  var readerSeconds: Int {
    let usual = configuration.writeTimeoutSeconds
    return isDraining ? min(usual, ServerLimit.drainTransferSeconds) : usual
  }

  /// The bytes that a client must accept in ``readerSeconds``. More while the server stops: a client that takes a little now
  /// and then would hold up the stop.
  var readerBytes: Int {
    let bytes = transferBytes(in: readerSeconds)
    return isDraining ? max(bytes, ServerLimit.drainBytesPerSecond * readerSeconds) : bytes
  }

  /// Closes connections while more bytes wait than the loop may hold: of the sources with most of them, those that have
  /// accepted nothing for longest.
  func limitUnsent() {
    while unsentBytes > configuration.maximumUnsentBytesPerLoop {
      let before = unsentBytes
      let holders = connections.values.filter { $0.lastAccepted > 0 }
      let holdings = holders.map {
        Holding(source: $0.peer.source.site, bytes: $0.unsent?.size ?? 0, order: $0.lastAccepted)
      }
      let need = before - configuration.maximumUnsentBytesPerLoop
      for index in FairCut.choose(from: holdings, freeing: need, sparesSmall: false)
      where holders[index].lastAccepted > 0 {
        counters.countUnread(.unsentLimit, from: holders[index].peer.source)
        holders[index].close()
      }
      guard unsentBytes < before else { return }
    }
  }

  /// Returns the memory of responses and requests to the system after many bytes have waited: the allocator would keep it.
  func returnMemory() {
    let waiting = unsentBytes + incompleteBytes
    guard largestWaiting >= ServerLimit.trimmedBytes, waiting < largestWaiting / 2 else { return }
    largestWaiting = waiting
    Heap.trim()
  }
}
