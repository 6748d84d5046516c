import Cryptography

/// How one end protects its connections: it makes streams of connected sockets. Confined to one loop.
package enum StreamSecurity {
  /// Not encrypted.
  case none
  /// The client's end; the host is the name or address that the client connects to.
  case client(TLSContext, host: String)
  /// The server's end.
  case server(TLSContext)

  /// The client's end in this mode. It reads the file of authorities once, for all connections.
  /// - Throws: `unusableFile` when the file cannot be read, and `invalidHost` for a host that is not a name or address.
  package static func client(_ mode: TLSMode, host: String) throws(TLSError) -> StreamSecurity {
    let verification: TLSVerification
    switch mode {
    case .disable: return .none
    case .require: verification = .none
    case .verifyFull(let authorityFile): verification = .full(authorityFile: authorityFile)
    }
    let context = try TLSContext.client(verification)
    // An unusable host fails here, before there is a connection.
    _ = try TLSSession(client: context, host: host)
    return .client(context, host: host)
  }

  /// The server's end with a certificate, the chain behind it, and its key. It reads the PEM files once.
  /// - Throws: `unusableFile` when a file cannot be read, or when the key does not belong to the certificate.
  package static func server(certificateFile: String, keyFile: String) throws(TLSError) -> StreamSecurity {
    .server(try TLSContext.server(certificateFile: certificateFile, keyFile: keyFile))
  }

  /// The stream over a connected socket.
  package func stream(over socket: Socket) throws(TLSError) -> SocketStream {
    switch self {
    case .none: .plain(socket)
    case .client(let context, let host):
      .encrypted(try EncryptedSocket(socket, client: context, host: host))
    case .server(let context): .encrypted(try EncryptedSocket(socket, server: context))
    }
  }
}
