import Clock
import Routing

// What happens to a connection when the server has reached its limits.
extension Connection {
  /// Ends the connection if it still waits for its client, so that a new one has its place. What has just arrived is served
  /// first.
  func giveWay() {
    guard let since = waitsForClientSince else { return }
    ready(unsent.isEmpty ? .readable : .writable)
    guard let after = waitsForClientSince, after.nanoseconds <= since.nanoseconds else { return }
    close()
  }

  /// Since when the connection waits for its client, and nil when it does not. A head that arrives in many pieces waits
  /// from its first byte, a body and a response from the last one that moved.
  var waitsForClientSince: Deadline? {
    guard standing == .admitted else { return nil }
    if isShakingHands { return encryption?.beginning }
    if !unsent.isEmpty { return Deadline(nanoseconds: lastAccepted + ServerLimit.readerPatienceNanoseconds) }
    switch state {
    case .idle: return begun(byLimitOf: server.configuration.idleTimeoutSeconds)
    case .receiving(.head): return begun(byLimitOf: server.configuration.headerTimeoutSeconds)
    case .receiving(.body), .paused: return Deadline(nanoseconds: lastHeard)
    case .calling, .awaiting, .closing, .lingering, .closed: return nil
    }
  }

  /// Ends a connection whose client holds up a stop. An incomplete request gets 408.
  func endStalled() {
    switch state {
    case .receiving where unsent.isEmpty: expire()
    case .idle, .receiving, .calling, .awaiting, .paused, .closing, .lingering, .closed:
      if !unsent.isEmpty { close() }
    }
  }

  /// When the time limit of the state began.
  private func begun(byLimitOf seconds: Int) -> Deadline {
    let timeout = UInt64(seconds) * 1_000_000_000
    return Deadline(nanoseconds: deadline.nanoseconds > timeout ? deadline.nanoseconds - timeout : 0)
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
