/// Why a token does not hold. Clients are never told which: see ``AuthenticationMiddleware``.
package enum TokenError: Error, Sendable, Hashable, CaseIterable {
  /// Longer than ``TokenVerifier/maximumBytes``.
  case tooLong
  /// Not three parts of strict Base64URL with JSON in the first two.
  case malformed
  /// The header is not exactly `alg`, `typ` and `kid` with the one algorithm that is accepted.
  case unacceptableHeader
  /// `kid` names none of the known keys.
  case unknownKey
  /// The signature is not this key's for these bytes.
  case badSignature
  /// A claim is missing, of another type, or out of range.
  case unacceptableClaims
  /// `iss` is another issuer.
  case wrongIssuer
  /// `aud` is another audience.
  case wrongAudience
  /// `nbf` or `iat` lies in the future.
  case notYetValid
  /// `exp` has come.
  case expired
}
