import Transport

/// One server that a connection may lead to: a configured host, with one of its addresses where its name has several.
///
/// The addresses of one name may belong to several servers: a primary and its standbys, or one that is gone.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  package let host: Endpoint
  /// The numeric address; nil where the host has no other.
  package var address: String?

  /// Makes the server of a host, at one of its addresses.
  package init(host: Endpoint, address: String? = nil) {
    self.host = host
    self.address = address
  }

  /// Where a client connects to: the address, where there is one.
  package var target: Endpoint { address.map { Endpoint(host: $0, port: host.port) } ?? host }

  /// `10.0.0.7:5432`, or `db.internal:5432 (10.0.0.7)`.
  package var description: String { address.map { "\(host) (\($0))" } ?? host.description }

  /// The servers of a host, in the resolver's order. It blocks its thread. For an unknown name it returns the host
  /// itself, so that the engine's library reports why.
  package static func all(of host: Endpoint) -> [ServerAddress] {
    guard let port = UInt16(exactly: host.port) else { return [ServerAddress(host: host)] }
    var addresses: [String] = []
    for found in SocketAddress(host: host.host, port: port).lookUp() where !addresses.contains(found.host) {
      addresses.append(found.host)
    }
    return all(of: host, addresses: addresses)
  }

  /// The servers of a host with these addresses.
  package static func all(of host: Endpoint, addresses: [String]) -> [ServerAddress] {
    guard addresses.count > 1 else { return [ServerAddress(host: host)] }
    return addresses.map { ServerAddress(host: host, address: $0) }
  }
}
