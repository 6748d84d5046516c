import Transport

/// The other end of a connection. It is made once for each connection, so that no request parses an address.
struct Peer: Sendable {
  /// Its address, as the kernel gave it with the connection; nil where there is none.
  let address: String?
  /// What the limits count it by.
  let source: ClientSource
  /// Whether it is a proxy that names its clients.
  let isTrustedProxy: Bool

  init(_ address: String?, trusting proxies: TrustedProxies) {
    self.address = address
    source = ClientSource(address)
    isTrustedProxy = proxies.contains(address)
  }
}
