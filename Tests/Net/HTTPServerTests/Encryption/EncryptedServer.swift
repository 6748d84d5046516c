import Cryptography
import HTTPServer
import Routing
import ServerTestSupport
import TestSupport
import Transport

/// A server with a certificate for 127.0.0.1, and what its tests need of both.
struct EncryptedServer: Sendable {
  let address: SocketAddress
  let server: HTTPServer
  let encryption: ServerEncryption
  let authority: TestAuthority

  /// A client's context that trusts the server's authority.
  func clientContext() throws -> TLSContext {
    try TLSContext.client(.full(authorityFile: authority.certificateFile))
  }

  /// `openssl s_client` for this server.
  var openSSL: OpenSSLClient { OpenSSLClient(address: address, authority: authority) }

  /// Runs a body with a server that has a new certificate.
  static func with(
    _ configuration: HTTPServerConfiguration = .forTests(), loops: Int = 2,
    files: (TestAuthority) throws -> CertificateFiles = { try $0.files() },
    tickets: TicketKeys = TicketKeys(),
    responder: any Responder = PathResponder(), _ body: (EncryptedServer) async throws -> Void
  ) async throws {
    let authority = try TestAuthority()
    let encryption = ServerEncryption(try ServerCertificates(try files(authority), tickets: tickets))
    try await withServer(configuration, loops: loops, encryption: encryption, responder: responder) {
      address, server in
      try await body(
        EncryptedServer(address: address, server: server, encryption: encryption, authority: authority))
    }
  }
}

extension TestAuthority {
  /// The files of a certificate for 127.0.0.1.
  func files(days: Int = 1, clientAuthorities: String? = nil) throws -> CertificateFiles {
    let identity = try issue(to: "IP:127.0.0.1", days: days)
    return CertificateFiles(
      certificate: identity.certificateFile, key: identity.keyFile, clientAuthorities: clientAuthorities)
  }
}
