import EventLoop
import Glibc

extension SocketAddress {
  /// The numeric addresses of this host, in the order in which they should be tried.
  ///
  /// A numeric address is its own result. `getaddrinfo(3)` looks a name up; it blocks and therefore runs on an
  /// ``Offload`` worker. An unknown name throws ``SocketError/Reason/addressNotAvailable``. Too many waiting look-ups
  /// throw ``SocketError/Reason/outOfResources``.
  package func resolved() async throws(SocketError) -> [SocketAddress] {
    if isNumeric { return [self] }
    let addresses: [SocketAddress]
    do {
      addresses = try await Offload.run { lookUp() }
    } catch {
      throw SocketError(.resolve, reason: .outOfResources)
    }
    guard !addresses.isEmpty else { throw SocketError(.resolve, reason: .addressNotAvailable) }
    return addresses
  }

  /// As ``resolved()``, on the calling thread, which it blocks; empty where the name has no address.
  package func lookUp() -> [SocketAddress] {
    if isNumeric { return [self] }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let list else { return [] }
    defer { freeaddrinfo(list) }
    return sequence(first: list) { $0.pointee.ai_next }.compactMap { entry in
      AddressStorage { target, length in
        guard let source = entry.pointee.ai_addr, entry.pointee.ai_addrlen <= length.pointee else {
          return -1
        }
        memcpy(target, source, Int(entry.pointee.ai_addrlen))
        length.pointee = entry.pointee.ai_addrlen
        return 0
      }?.address
    }
  }
}
