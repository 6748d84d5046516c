import EventLoop
import Synchronization
import Transport

/// Distributes new connections over the loops in turn. The listener's queue calls it.
final class ConnectionDistributor: Sendable {
  private let servers: [LoopBound<LoopServer>]
  private let admission: Admission
  private let counters: ConnectionCounters
  private let turn = Atomic<Int>(0)

  init(_ servers: [LoopBound<LoopServer>], admission: Admission, counters: ConnectionCounters) {
    self.servers = servers
    self.admission = admission
    self.counters = counters
  }

  func receive(_ socket: Socket) {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    let server = servers[Int(UInt(bitPattern: number) % UInt(servers.count))]
    let host = try? socket.remoteAddress().host
    let verdict = admission.enter(from: host)
    if verdict != .admitted { counters.noteNew(from: host) }
    switch verdict {
    case .admitted: server.loop.execute { server.value.accept(socket, from: host) }
    case .full: server.loop.execute { server.value.acceptInPlaceOfIdle(socket, from: host) }
    case .addressFull:
      server.loop.execute { server.value.refuse(socket, from: host, counting: .refusedByAddress) }
    }
  }

  /// The process has no descriptor for the connections that wait: idle ones give way.
  func makeRoom() {
    counters.count(.descriptorShortage)
    for server in servers { server.loop.execute { server.value.endIdle() } }
  }
}
