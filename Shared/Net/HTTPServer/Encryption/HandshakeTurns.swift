import Clock
import Transport

/// Bounds the time that a loop gives to handshakes, and shares it among the sites of clients.
///
/// A handshake costs a server the time of many requests, and a client without an account nearly nothing: it can repeat a
/// recorded hello. So the steps of handshakes have a time in each turn of the loop, and those that come later wait. The sites
/// take turns, each with its oldest connection, so that a flood of one waits behind itself. Loop thread only.
struct HandshakeTurns<Waiter> {
  private var lines: [ClientSource: WaitingLine<Waiter>] = [:]
  /// The sites that have a line, also some whose line is empty.
  private var order = FIFO<ClientSource>()
  private var spentNanoseconds: UInt64 = 0

  /// How many wait.
  private(set) var count = 0

  /// Whether another step may begin in this turn.
  var hasTime: Bool { spentNanoseconds < ServerLimit.handshakeNanoseconds }

  /// Whether a step may begin at once: it overtakes nothing.
  var isFree: Bool { count == 0 && hasTime }

  /// A new turn of the loop.
  mutating func begin() { spentNanoseconds = 0 }

  /// A step took so long. Returns whether it was the first one of the turn.
  mutating func spend(_ nanoseconds: UInt64) -> Bool {
    defer { spentNanoseconds += max(1, nanoseconds) }
    return spentNanoseconds == 0
  }

  /// Adds a waiter behind all others of its site, and returns its place.
  mutating func append(_ waiter: Waiter, of site: ClientSource) -> Int {
    count += 1
    if let line = lines[site] { return line.append(waiter) }
    let line = WaitingLine<Waiter>()
    lines[site] = line
    order.append(site)
    return line.append(waiter)
  }

  /// The waiter at that place waits no more.
  mutating func remove(_ place: Int, of site: ClientSource) {
    if lines[site]?.remove(place) == true { count -= 1 }
  }

  /// Takes the oldest waiter of the site whose turn it is.
  mutating func next() -> Waiter? {
    while let site = order.popFirst() {
      guard let waiter = lines[site]?.popFirst() else {
        lines[site] = nil
        continue
      }
      count -= 1
      order.append(site)
      return waiter
    }
    return nil
  }
}

extension LoopServer {
  /// Runs a step of the connection's handshake now, or in one of the next turns of the loop.
  func shakeHands(of connection: Connection, _ step: () -> Void) {
    guard connection.handshakePlace == nil else { return }
    guard handshakes.isFree else {
      connection.handshakePlace = handshakes.append(connection, of: connection.peer.source.site)
      return
    }
    time(step)
  }

  /// The connection waits for its turn no more.
  func leaveHandshakes(_ connection: Connection) {
    guard let place = connection.handshakePlace else { return }
    connection.handshakePlace = nil
    handshakes.remove(place, of: connection.peer.source.site)
  }

  private func time(_ step: () -> Void) {
    let begin = MonotonicClock.nanoseconds()
    step()
    if handshakes.spend(MonotonicClock.nanoseconds() - begin) { scheduleTurn() }
  }

  /// The timer is due at once, and fires after the loop has looked at its descriptors: other connections come in between.
  private func scheduleTurn() {
    loop.schedule(afterMilliseconds: 0) { [weak self] in self?.takeTurn() }
  }

  private func takeTurn() {
    handshakes.begin()
    while handshakes.hasTime, let connection = handshakes.next() {
      connection.handshakePlace = nil
      time { connection.takeHandshakeTurn() }
    }
  }
}
