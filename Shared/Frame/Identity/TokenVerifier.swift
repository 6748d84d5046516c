import Cryptography
import Routing
import Synchronization

/// Checks tokens with public keys alone: whoever holds a verifier cannot mint.
///
/// A signature costs some hundred microseconds, so the tokens that were found good are remembered by their exact
/// bytes; their times are checked at every use all the same. There is one verifier for each loop, so the lock is never
/// waited for.
package final class TokenVerifier: Sendable {
  /// The longest token that is looked at.
  package static let maximumBytes = 2048
  /// How many verified tokens are remembered unless told otherwise.
  package static let defaultCapacity = 4096

  private let keys: [String: Ed25519.PublicKey]
  private let profile: TokenProfile
  private let verified: Mutex<VerifiedTokens>

  /// A verifier that trusts these keys.
  package init(keySet: JWKS, profile: TokenProfile = .fleet, capacity: Int = defaultCapacity) {
    keys = keySet.keysByID
    self.profile = profile
    verified = Mutex(VerifiedTokens(capacity: capacity))
  }

  /// Who the token speaks for.
  /// - Parameter now: Seconds since 1970.
  /// - Throws: the first reason not to believe it. Signature and header come before any claim is looked at.
  package func verify(_ token: String, now: Int64) throws(TokenError) -> Principal {
    guard token.utf8.count <= Self.maximumBytes else { throw .tooLong }
    let bytes = Array(token.utf8)
    if let known = verified.withLock({ $0.find(bytes) }) {
      return try recheck(known, bytes, now: now)
    }
    let claims = try authenticate(bytes)
    guard claims.profile.issuer == profile.issuer else { throw .wrongIssuer }
    guard claims.profile.audience == profile.audience else { throw .wrongAudience }
    try claims.times.check(now: now)
    let entry = VerifiedTokens.Entry(principal: claims.principal, times: claims.times)
    verified.withLock { $0.insert(bytes, entry) }
    return entry.principal
  }

  private func recheck(
    _ known: VerifiedTokens.Entry, _ bytes: [UInt8], now: Int64
  ) throws(TokenError) -> Principal {
    do throws(TokenError) {
      try known.times.check(now: now)
    } catch {
      verified.withLock { $0.remove(bytes) }
      throw error
    }
    return known.principal
  }

  private func authenticate(_ bytes: [UInt8]) throws(TokenError) -> TokenClaims {
    let token = try CompactToken(bytes)
    let header = try TokenHeader(token.header)
    guard let key = keys[header.keyID] else { throw .unknownKey }
    guard key.isValid(token.signature, for: token.signedBytes) else { throw .badSignature }
    return try TokenClaims(token.claims)
  }
}
