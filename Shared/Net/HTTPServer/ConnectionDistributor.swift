import EventLoop
import Synchronization
import Transport

/// Deals new connections to the loops in turn. Called by the listener's queue.
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
