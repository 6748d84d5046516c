import Cryptography
import Encoding
import Routing
import Synchronization

/// Checks tokens with public keys alone: the holder of a verifier cannot mint tokens.
///
/// Checking a signature costs some hundred microseconds. The verifier therefore remembers good tokens by their exact
/// bytes, and checks their times at every use. With fixed keys each loop has its own verifier, so the lock is free.
package final class TokenVerifier: Sendable {
  /// The longest token that is checked.
  package static let maximumBytes = 2048
  /// The default number of remembered tokens.
  package static let defaultCapacity = 4096

  private let keys: [ByteText: Ed25519.PublicKey]
  private let profile: TokenProfile
  private let verified: Mutex<VerifiedTokens>
  /// The last token that fails with these keys at any time, and how.
  private let lastBad = Mutex<(token: [UInt8], error: TokenError)?>(nil)

  /// A verifier that trusts these keys.
  package init(keySet: JWKS, profile: TokenProfile = .fleet, capacity: Int = defaultCapacity) {
    keys = keySet.keysByID
    self.profile = profile
    verified = Mutex(VerifiedTokens(capacity: capacity))
  }

  /// The principal that the token stands for.
  /// - Parameter now: Seconds since 1970.
  /// - Throws: the first check that fails. Header and signature come before any claim.
  package func verify(_ token: String, now: Int64) throws(TokenError) -> Principal {
    try verify(Array(token.utf8)[...], now: now)
  }

  /// As ``verify(_:now:)`` for the token's bytes. A token that is remembered is not copied.
  func verify(_ token: ArraySlice<UInt8>, now: Int64) throws(TokenError) -> Principal {
    guard token.count <= Self.maximumBytes else { throw .tooLong }
    if let known = verified.withLock({ $0.find(token) }) {
      return try recheck(known, token, now: now)
    }
    let bytes = Array(token)
    let claims = try authenticateOnce(bytes)
    guard claims.profile.issuer == profile.issuer else { throw .wrongIssuer }
    guard claims.profile.audience == profile.audience else { throw .wrongAudience }
    try claims.times.check(now: now)
    let entry = VerifiedTokens.Entry(
      principal: claims.principal(digest: SHA256.hex(bytes)), times: claims.times)
    verified.withLock { $0.insert(bytes[...], entry) }
    return entry.principal
  }

  private func recheck(
    _ known: VerifiedTokens.Entry, _ token: ArraySlice<UInt8>, now: Int64
  ) throws(TokenError) -> Principal {
    do throws(TokenError) {
      try known.times.check(now: now)
    } catch {
      verified.withLock { $0.remove(token) }
      throw error
    }
    return known.principal
  }

  private func authenticateOnce(_ bytes: [UInt8]) throws(TokenError) -> TokenClaims {
    if let bad = lastBad.withLock({ $0 }), bad.token == bytes { throw bad.error }
    do throws(TokenError) {
      return try authenticate(bytes)
    } catch {
      lastBad.withLock { $0 = (bytes, error) }
      throw error
    }
  }

  private func authenticate(_ bytes: [UInt8]) throws(TokenError) -> TokenClaims {
    let token = try CompactToken(bytes)
    let header = try TokenHeader(token.header)
    guard let key = keys[ByteText(header.keyID)] else { throw .unknownKey }
    guard key.isValid(token.signature, for: token.signedBytes) else { throw .badSignature }
    return try TokenClaims(token.claims)
  }
}

/// Supplies the verifier of the newest keys.
package protocol TokenVerifierSource: Sendable {
  /// A verifier of the newest available keys.
  var verifier: TokenVerifier { get }

  /// A verifier of newer keys, after `verifier` found that a token names an unknown key; nil where none are newer.
  func verifier(newerThan verifier: TokenVerifier) async -> TokenVerifier?
}

extension TokenVerifier: TokenVerifierSource {
  /// Its keys are fixed.
  package var verifier: TokenVerifier { self }

  /// Fixed keys never become newer.
  package func verifier(newerThan verifier: TokenVerifier) async -> TokenVerifier? { nil }
}

/// Why a token is not valid. Clients never learn which reason it was: see ``AuthenticationMiddleware``.
package enum TokenError: Error, Sendable, Hashable, CaseIterable {
  /// Longer than ``TokenVerifier/maximumBytes``.
  case tooLong
  /// Not three parts of strict Base64URL with JSON in the first two.
  case malformed
  /// The header is not exactly `alg`, `typ` and `kid` with the one accepted algorithm.
  case unacceptableHeader
  /// `kid` names none of the known keys.
  case unknownKey
  /// The signature does not match the key and the bytes.
  case badSignature
  /// A claim is missing, of another type, or out of range.
  case unacceptableClaims
  /// `iss` is another issuer.
  case wrongIssuer
  /// `aud` is another audience.
  case wrongAudience
  /// `nbf` or `iat` lies in the future.
  case notYetValid
  /// `exp` has passed.
  case expired
}
