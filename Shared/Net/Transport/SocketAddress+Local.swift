import Glibc

extension SocketAddress {
  /// Whether a listener may have this numeric address: it is one of this machine, or one for all of them. The check binds
  /// the address with a free port, for a moment.
  package var isLocal: Bool {
    guard let storage = SocketAddress(host: host, port: 0).storage, let socket = try? Socket.open(for: self)
    else {
      // The start reports a family that the system lacks.
      return true
    }
    defer { socket.close() }
    return storage.withPointer { bind(socket.descriptor, $0, $1) } == 0 || errno != EADDRNOTAVAIL
  }
}
