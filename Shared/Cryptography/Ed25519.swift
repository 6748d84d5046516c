/// Edwards-curve signatures over Curve25519 (RFC 8032): keys of 32 bytes, signatures of 64, no parameters to choose.
public enum Ed25519 {
  /// The length of a private seed and of a public key in bytes.
  public static let keyByteCount = 32
  /// The length of a signature in bytes.
  public static let signatureByteCount = 64
}
