import Foundation
import Transport

/// Connections that never send anything.
final class IdleClients {
  private let address: SocketAddress
  private var sockets: [Socket] = []

  init(of base: String) throws {
    address = try SocketAddress(parsing: base.replacingOccurrences(of: "http://", with: ""))
  }

  /// Opens further connections.
  func open(_ count: Int) throws {
    for _ in 0..<count {
      let socket = try Socket.open(for: address)
      sockets.append(socket)
      _ = try socket.connect(to: address)
    }
  }

  func close() {
    for socket in sockets { socket.close() }
    sockets = []
  }
}
