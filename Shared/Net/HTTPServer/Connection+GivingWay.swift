import Clock
import Routing

// What happens to a connection when the server has reached its limits.
extension Connection {
  /// Ends the connection if it still waits for its client, so that a new one has its place. What has just arrived is served
  /// first.
  func giveWay() {
    guard let since = mayGiveWaySince else { return }
    ready(unsent == nil ? .readable : .writable)
    guard let after = mayGiveWaySince, after.nanoseconds <= since.nanoseconds else { return }
    close()
  }

  /// Since when the connection waits for its client, and nil when it does not. A head that arrives in many pieces waits
  /// from its first byte, a body and a response from the last one that moved.
  var waitsForClientSince: Deadline? {
    guard standing == .admitted else { return nil }
    // It waits for the server while it has no turn.
    if handshakePlace != nil { return nil }
    if isShakingHands { return encryption?.beginning }
    if unsent != nil {
      return Deadline(nanoseconds: lastAccepted + ServerLimit.transferPatienceNanoseconds)
    }
    switch state {
    case .idle: return start(of: deadline, seconds: server.configuration.idleTimeoutSeconds)
    case .receiving(.head): return start(of: deadline, seconds: server.configuration.headerTimeoutSeconds)
    case .receiving(.body), .paused: return Deadline(nanoseconds: lastHeard)
    case .calling, .awaiting, .closing, .lingering, .closed: return nil
    }
  }

  /// Since when the connection may give way to a new one. A body that has taken some seconds gives way although it moves: a
  /// client that sends a little each second would otherwise keep its place until the body's time limit.
  var mayGiveWaySince: Deadline? {
    guard let since = waitsForClientSince else { return nil }
    guard case .receiving(.body) = state, unsent == nil else { return since }
    let start = start(of: bodyDeadline, seconds: server.configuration.bodyTimeoutSeconds)
    return min(since, Deadline(nanoseconds: start.nanoseconds + ServerLimit.transferPatienceNanoseconds))
  }

  /// Ends a connection whose client holds up a stop. An incomplete request gets 408.
  func endStalled() {
    switch state {
    case .receiving where unsent == nil: expire()
    case .idle, .receiving, .calling, .awaiting, .paused, .closing, .lingering, .closed:
      if unsent != nil { close() }
    }
  }

  /// When a time limit of so many seconds began.
  private func start(of limit: Deadline, seconds: Int) -> Deadline {
    let timeout = UInt64(seconds) * 1_000_000_000
    return Deadline(nanoseconds: limit.nanoseconds > timeout ? limit.nanoseconds - timeout : 0)
  }

  /// Serves a probe, and refuses every other request without parsing it.
  func takeRefused(_ bytes: UnsafeRawBufferPointer) {
    guard server.isReserved(bytes) else { return refuse() }
    process(bytes)
    flushGathered()
    if case .receiving = state { refuse() }
  }

  /// Responds 503 and ends the connection.
  func refuse() {
    respondAndClose(.unavailable("Too many connections.", retryAfterSeconds: 1), reporting: .inSum)
    flushGathered()
    updateInterest()
  }
}
