import EventLoop
import Synchronization
import Transport

/// Distributes new connections over the loops in turn. The listener's queue calls it.
final class ConnectionDistributor: Sendable {
  private let servers: [LoopBound<LoopServer>]
  private let admission: Admission
  private let trustedProxies: TrustedProxies
  private let counters: ConnectionCounters
  private let turn = Atomic<Int>(0)

  init(
    _ servers: [LoopBound<LoopServer>], admission: Admission, trusting trustedProxies: TrustedProxies,
    counters: ConnectionCounters
  ) {
    self.servers = servers
    self.admission = admission
    self.trustedProxies = trustedProxies
    self.counters = counters
  }

  func receive(_ socket: Socket, from address: SocketAddress) {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    let server = servers[Int(UInt(bitPattern: number) % UInt(servers.count))]
    let peer = Peer(address.host, trusting: trustedProxies)
    let verdict = admission.enter(from: peer)
    if verdict != .admitted { counters.noteNew(from: peer.source) }
    switch verdict {
    case .admitted: server.loop.execute { server.value.accept(socket, from: peer) }
    case .full: server.loop.execute { server.value.acceptInPlaceOfIdle(socket, from: peer) }
    case .addressFull:
      server.loop.execute { server.value.acceptInPlaceOfStranger(socket, from: peer) }
    }
  }

  /// The process has no descriptor for the connections that wait: idle ones give way.
  func makeRoom() {
    counters.count(.descriptorShortage)
    for server in servers { server.loop.execute { server.value.endIdle() } }
  }
}
