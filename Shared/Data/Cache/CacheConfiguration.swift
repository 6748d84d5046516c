import Secrets
import Transport

/// All settings of the cache, in the one type that carries them from the environment to the driver.
package struct CacheConfiguration: Sendable, Hashable {
  /// The server; an in-process engine ignores it.
  package var endpoint: Endpoint
  /// This program's own account. When it is empty, the driver sends no `AUTH`.
  package var user: String
  /// The account's password, or the file that holds it; empty when the engine checks none.
  package var credential: CredentialSource
  /// How TLS protects the connection to the server.
  package var tls: TLSMode

  /// Describes a cache; an in-process engine needs the account only.
  package init(
    endpoint: Endpoint = Endpoint(host: "localhost", port: 0), user: String, password: Secret = Secret(""),
    tls: TLSMode = .disable
  ) {
    self.endpoint = endpoint
    self.user = user
    credential = .fixed(password)
    self.tls = tls
  }

  /// The password as it was at the start of the program; setting it makes the credential a fixed one.
  package var password: Secret {
    get { credential.initial }
    set { credential = .fixed(newValue) }
  }
}

extension CacheConfiguration {
  /// The same cache, used by another account.
  package func connecting(as user: String, password: Secret) -> CacheConfiguration {
    var copy = self
    copy.user = user
    copy.password = password
    return copy
  }
}
