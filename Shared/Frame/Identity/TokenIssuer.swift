import Cryptography
import Routing
import Schema

/// Mints tokens: JSON Web Tokens signed with Ed25519 (RFC 7519, 8037). Only backend-api has an issuer, because only
/// backend-api has the private key.
package struct TokenIssuer: Sendable {
  private let privateKey: Ed25519.PrivateKey
  private let profile: TokenProfile
  private let header: TokenHeader

  /// An issuer that signs with this key; `kid` is the key's thumbprint.
  package init(privateKey: Ed25519.PrivateKey, profile: TokenProfile = .fleet) {
    self.privateKey = privateKey
    self.profile = profile
    header = TokenHeader(keyID: JWKS.keyID(of: privateKey.publicKey))
  }

  /// A token for a session.
  /// - Parameters:
  ///   - binding: The installation and the state of the account that the token is for.
  ///   - lifetimeSeconds: How long the token is valid; verifiers refuse more than ``TokenLifetime/seconds``.
  ///   - now: Seconds since 1970.
  package func issue(
    userID: Int64, sessionID: Int64, role: Role, binding: TokenBinding, lifetimeSeconds: Int64, now: Int64
  ) -> String {
    let claims = TokenClaims(
      profile: profile, userID: userID, sessionID: sessionID, role: role, binding: binding,
      issuedAt: now, expiresAt: now + lifetimeSeconds)
    return CompactToken.text(header: header.json, claims: claims.json, sign: privateKey.sign)
  }
}
