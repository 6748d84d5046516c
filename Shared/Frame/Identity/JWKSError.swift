import Encoding

/// Why a key set cannot be used.
package enum JWKSError: Error, Sendable, Hashable {
  /// Longer than ``JWKS/maximumBytes``.
  case tooLong
  /// Not a JSON object with a list `keys`.
  case malformed
  /// An Ed25519 key without a `kid`, or with an `x` that is not 32 bytes of Base64URL.
  case malformedKey
  /// The set has a private part (`d`): it must be published nowhere, and its key replaced.
  case privateKey
  /// Two keys have the same `kid`.
  case duplicateKeyID
  /// More keys than ``JWKS/maximumKeys``.
  case tooManyKeys
  /// No key for Ed25519 signatures.
  case noUsableKey
}
