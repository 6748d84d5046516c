import Clock
import Routing

// What happens to a connection when the server has reached its limits.
extension Connection {
  /// Ends the connection if it is idle, so that a new one has its place. A request that has just arrived is served.
  func giveWay() {
    guard case .idle = state, unsent.isEmpty else { return }
    ready(.readable)
    guard case .idle = state, unsent.isEmpty else { return }
    close()
  }

  /// Since when the connection is idle, and nil when it is not.
  var idleSince: Deadline? {
    guard case .idle = state, unsent.isEmpty, standing == .admitted else { return nil }
    if isShakingHands { return encryption?.beginning }
    let timeout = UInt64(server.configuration.idleTimeoutSeconds) * 1_000_000_000
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
