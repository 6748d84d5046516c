import Secrets
import Transport

/// Everything that the settings say about the cache, in the one form in which it travels from the environment to the
/// driver.
package struct CacheConfiguration: Sendable, Hashable {
  /// The server; an engine inside the process has none and ignores it.
  package var endpoint: Endpoint
  /// This program's own account. Empty: no `AUTH` is sent.
  package var user: String
  /// The account's password; empty where the engine checks none.
  package var password: Secret
  /// How the way to the server is protected.
  package var tls: TLSMode

  /// Describes a cache; an engine inside the process needs the account alone.
  package init(
    endpoint: Endpoint = Endpoint(host: "localhost", port: 0), user: String, password: Secret = Secret(""),
    tls: TLSMode = .disable
  ) {
    self.endpoint = endpoint
    self.user = user
    self.password = password
    self.tls = tls
  }
}

extension CacheConfiguration {
  /// The same cache as another account.
  package func connecting(as user: String, password: Secret) -> CacheConfiguration {
    var copy = self
    copy.user = user
    copy.password = password
    return copy
  }
}
