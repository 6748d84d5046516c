import Glibc

/// A port of 127.0.0.1 that a server of the test may listen on, and that the system gives to no other socket.
///
/// A port that a server has left is free: a test beside it may get it, and answer the clients that a test expects to be
/// refused. A socket that is bound here and does not listen keeps the port.
package final class ReservedPort: Sendable {
  private let descriptor: Int32
  /// The port.
  package let number: UInt16

  /// Reserves a free port.
  package init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SupportError("socket: errno \(errno)") }
    self.descriptor = descriptor
    var isShared: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    number = UInt16(bigEndian: address.sin_port)
    guard isBound else { throw SupportError("bind 127.0.0.1: errno \(errno)") }
  }

  deinit { close(descriptor) }
}
