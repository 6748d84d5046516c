import Clock
import Cryptography
import Identity
import Routing
import Runtime
import Schema

/// The half of the token key that a service holds, and what it is good for.
package struct TokenAuthority: Sendable {
  /// Where the public keys come from.
  enum PublicKeys: Sendable {
    case fixed(JWKS)
    /// Asked of backend-api, and again when a token names a key that is not there.
    case fetched(FetchedKeySet)
  }

  /// Mints tokens; nil in a service that holds only the public keys.
  package let issuer: TokenIssuer?
  /// The public key set (RFC 7517) of the private key held here; empty where none is.
  package let keySetDocument: [UInt8]
  private let keys: PublicKeys

  init(issuer: TokenIssuer? = nil, keySetDocument: [UInt8] = [], keys: PublicKeys) {
    self.issuer = issuer
    self.keySetDocument = keySetDocument
    self.keys = keys
  }

  /// The middleware that finds out who makes a request; one for each loop.
  func authentication(
    now: @escaping @Sendable () -> Int64 = { Timestamp.now().secondsSinceEpoch },
    isRevoked: @escaping @Sendable (Principal) async throws -> Bool
  ) -> any Middleware {
    switch keys {
    case .fixed(let keySet):
      AuthenticationMiddleware(verifier: TokenVerifier(keySet: keySet), now: now, isRevoked: isRevoked)
    case .fetched(let keySet): FetchedKeyAuthentication(keySet: keySet, now: now, isRevoked: isRevoked)
    }
  }
}
