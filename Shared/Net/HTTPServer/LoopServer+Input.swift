// The memory of requests that have not arrived whole, and of those that wait behind another one.
extension LoopServer {
  /// Whether a connection that awaits its response may read the next request. The other half of the bytes is for requests
  /// whose connection has none in progress.
  var readsAhead: Bool { incompleteBytes < configuration.maximumIncompleteBytesPerLoop / 2 && !isOverdue }

  /// Ends incomplete requests while they hold more than the loop may store. It frees an eighth more, so that a flood does not
  /// search all connections for each new piece.
  func limitIncomplete() {
    guard incompleteBytes > configuration.maximumIncompleteBytesPerLoop else { return }
    let target = configuration.maximumIncompleteBytesPerLoop / 8 * 7
    while incompleteBytes > target, endIncomplete(downTo: target) {}
  }

  /// A place after all others. A clock would give one time to several that begin within its tick.
  func takePlace() -> UInt64 {
    lastPlace += 1
    return lastPlace
  }

  /// Ends those of the sources that hold most, the ones that have taken longest first. False where it freed nothing.
  private func endIncomplete(downTo target: Int) -> Bool {
    let before = incompleteBytes
    let holders = connections.values.filter { $0.incompleteBytes > 0 && $0.canDropInput }
    let holdings = holders.map {
      Holding(source: $0.peer.source.site, bytes: $0.incompleteBytes, order: $0.incompletePlace)
    }
    for index in FairCut.choose(from: holdings, freeing: before - target, sparesSmall: true) {
      let connection = holders[index]
      // The end of one connection may begin another one's request.
      guard incompleteBytes > target, connection.incompleteBytes > 0, connection.canDropInput else {
        continue
      }
      counters.countIncomplete(from: connection.peer.source)
      connection.endIncomplete()
    }
    return incompleteBytes < before
  }
}

extension Connection {
  /// Counts the memory of what has arrived and has not begun. It costs next to nothing while there is none.
  func countIncomplete() {
    guard mayHoldInput || encryption != nil else { return }
    let held = parser.heldBytes + waitingInput.capacity + (encryption?.heldBytes ?? 0)
    mayHoldInput = held > 0
    if held == 0, incompleteBytes == 0 { return }
    if incompletePlace == 0 { incompletePlace = server.takePlace() }
    if held == 0 { incompletePlace = 0 }
    server.incompleteBytes += held - incompleteBytes
    incompleteBytes = held
  }

  /// Drops what has arrived and has not begun. No byte of the connection is parsed any more.
  func dropInput() {
    waitingInput = []
    parser.discard()
    endExemption()
    countIncomplete()
  }

  /// Whether the connection may lose its input.
  var canDropInput: Bool {
    switch state {
    case .idle, .receiving, .paused, .awaiting(_, .open), .awaiting(_, .ended): true
    case .awaiting(_, .dropped), .calling, .closing, .lingering, .closed: false
    }
  }

  /// Frees the memory of an incomplete request, whose client gets 503, or of those behind a request in progress, whose
  /// response is then the last one.
  func endIncomplete() {
    switch state {
    case .receiving:
      respondAndClose(
        .unavailable("Too many requests arrive at a time.", retryAfterSeconds: 1), reporting: .inSum)
      flushGathered()
      updateInterest()
    case .awaiting(let framing, _):
      var last = framing
      last.keepAlive = false
      state = .awaiting(last, .dropped)
      dropInput()
      updateInterest()
    case .idle, .paused: close()
    case .calling, .closing, .lingering, .closed: break
    }
  }
}
