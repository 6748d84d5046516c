import EventLoop
import Synchronization
import Transport

/// Distributes new connections over the loops in turn. The listener's queue calls it.
final class ConnectionDistributor: Sendable {
  private let servers: [LoopBound<LoopServer>]
  private let admission: Admission
  private let turn = Atomic<Int>(0)

  init(_ servers: [LoopBound<LoopServer>], admission: Admission) {
    self.servers = servers
    self.admission = admission
  }

  func receive(_ socket: Socket) {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    let server = servers[Int(UInt(bitPattern: number) % UInt(servers.count))]
    if admission.enter() {
      server.loop.execute { server.value.accept(socket) }
    } else {
      server.loop.execute { server.value.refuse(socket) }
    }
  }
}

/// Counts the open connections of a server over all its loops, and enforces their limit.
final class Admission: Sendable {
  private let limit: Int
  private let open = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  var count: Int { open.load(ordering: .relaxed) }

  /// Counts a new connection. False when the server has reached its limit.
  func enter() -> Bool {
    if open.wrappingAdd(1, ordering: .relaxed).newValue <= limit { return true }
    leave()
    return false
  }

  func leave() { open.wrappingSubtract(1, ordering: .relaxed) }
}
