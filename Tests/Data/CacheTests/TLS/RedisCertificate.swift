import EventLoop
import TestSupport

/// The certificate of a test's Redis server, by an authority of its own.
final class RedisCertificate: Sendable {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  /// The file of the authority that a client must trust.
  var authorityFile: String { authority.certificateFile }
  /// The server's certificate.
  var certificateFile: String { identity.certificateFile }
  /// The server's key.
  var keyFile: String { identity.keyFile }

  /// - Parameter names: The names in the server's certificate, for example `IP:127.0.0.1,DNS:cache.test`.
  init(issuingTo names: String = "IP:127.0.0.1") async throws {
    (authority, identity) = try await Offload.run {
      let authority = try TestAuthority()
      return (authority, try authority.issue(to: names))
    }
  }
}
