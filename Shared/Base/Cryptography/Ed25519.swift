/// Edwards-curve signatures over Curve25519 (RFC 8032): keys of 32 bytes, signatures of 64, no parameters to choose.
package enum Ed25519 {
  /// The length of a private seed and of a public key in bytes.
  package static let keyByteCount = 32
  /// The length of a signature in bytes.
  package static let signatureByteCount = 64
}
