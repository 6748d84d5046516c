import Clock
import Transport

// What a loop does beyond the limit of connections.
extension LoopServer {
  /// Serves a connection beyond the limit in place of one that waits for its client, or refuses it.
  func acceptInPlaceOfIdle(_ socket: Socket, from peer: Peer) {
    if acceptInPlaceOfStranger(socket, from: peer, of: nil) { return }
    endIdle()
    switch admission.enter(from: peer) {
    case .admitted: accept(socket, from: peer)
    case .full: refuse(socket, from: peer, counting: .refusedByLimit)
    case .addressFull: refuse(socket, from: peer, counting: .refusedByAddress)
    }
  }

  /// Serves a connection beyond the limit of its site in place of another one of the site, or refuses it.
  func acceptInPlaceOfStranger(_ socket: Socket, from peer: Peer) {
    if acceptInPlaceOfStranger(socket, from: peer, of: peer.source.site) { return }
    refuse(socket, from: peer, counting: .refusedByAddress)
  }

  /// A place that is free for a moment may go to a connection that the listener admits meanwhile, so another one ends then.
  private func acceptInPlaceOfStranger(
    _ socket: Socket, from peer: Peer, of site: ClientSource?
  ) -> Bool {
    var site = site
    while endStranger(of: site) {
      switch admission.enter(from: peer) {
      case .admitted:
        accept(socket, from: peer)
        return true
      case .full: break
      // No place of another site would help.
      case .addressFull: site = peer.source.site
      }
    }
    return false
  }

  /// Ends a connection in any state: of a site, or of the one with the most connections, the oldest. Those of clients that may
  /// use the listener stay. False where there is none, or where connections give way only while they wait for their clients.
  private func endStranger(of site: ClientSource?) -> Bool {
    guard configuration.strangersGiveWay else { return false }
    let strangers = connections.values.filter {
      $0.standing == .admitted && !$0.presence.isKnown && (site == nil || $0.peer.source.site == site)
    }
    let counts = strangers.reduce(into: [:]) { $0[$1.peer.source.site, default: 0] += 1 }
    let oldest = strangers.min {
      let (first, second) = (counts[$0.peer.source.site] ?? 0, counts[$1.peer.source.site] ?? 0)
      return first == second ? $0.place < $1.place : first > second
    }
    oldest?.close(isCut: true)
    if oldest != nil { counters.count(.gaveWay) }
    return oldest != nil
  }

  /// Ends the connections that have waited for their clients for longest. After a search without a result there is a pause.
  func endIdle() {
    let now = MonotonicClock.nanoseconds()
    guard nextIdleSearch.nanoseconds <= now else { return }
    let idleTime = UInt64(configuration.idleBeforeGivingWayMilliseconds) * 1_000_000
    let latest = Deadline(nanoseconds: now > idleTime ? now - idleTime : 0)
    let idle = connections.values.compactMap { connection in
      connection.mayGiveWaySince.flatMap { $0 <= latest ? (since: $0, connection: connection) : nil }
    }
    if idle.isEmpty {
      nextIdleSearch = Deadline(millisecondsFromNow: ServerLimit.idleSearchMilliseconds, now: now)
    }
    for (_, connection) in idle.sorted(by: { $0.since < $1.since }).prefix(ServerLimit.idlePerTurn) {
      connection.giveWay()
      if case .closed = connection.state { counters.count(.gaveWay) }
    }
  }

  /// Ends the connections whose clients hold up a stop: with an incomplete request, or a response that they do not read.
  func endStalled(at now: Deadline) {
    let patience = ServerLimit.drainPatienceNanoseconds
    for connection in connections.values {
      guard let since = connection.waitsForClientSince, since.nanoseconds + patience <= now.nanoseconds else {
        continue
      }
      connection.endStalled()
    }
  }

  /// Responds 503 to a connection beyond a limit, and closes it. A probe gets its answer first. The place of one that has
  /// its answer goes to a new one, and else the place of the one that has sent nothing for longest.
  func refuse(
    _ socket: Socket, from peer: Peer, counting reason: ConnectionEvent
  ) {
    counters.count(reason)
    if refused.count >= ServerLimit.refusalsPerLoop { refused.firstToEnd?.close() }
    guard refused.count < ServerLimit.refusalsPerLoop else { return socket.close() }
    guard let connection = register(socket, from: peer, as: .refused) else { return }
    refused.append(connection)
    connection.ready(.readable)
  }
}

/// The refused connections of a loop, oldest first.
struct RefusedConnections {
  private var connections: [Connection] = []

  var count: Int { connections.count }

  /// The oldest one that only waits for its client's end; without one, the oldest that has sent nothing.
  var firstToEnd: Connection? {
    connections.first { if case .lingering = $0.state { true } else { false } }
      ?? connections.first { if case .idle = $0.state { true } else { false } }
  }

  mutating func append(_ connection: Connection) { connections.append(connection) }

  mutating func remove(_ connection: Connection) { connections.removeAll { $0 === connection } }
}
