import Identity

/// The half of the token key that a service holds, behind the two things it is good for.
public struct TokenAuthority: Sendable {
  /// Mints tokens; nil in a service that holds only the public keys.
  public let issuer: TokenIssuer?
  /// Checks tokens.
  public let verifier: TokenVerifier
  /// The public key set (RFC 7517) as it is served, whichever half is held.
  public let keySetDocument: [UInt8]

  /// Puts the halves together.
  public init(issuer: TokenIssuer?, verifier: TokenVerifier, keySetDocument: [UInt8]) {
    self.issuer = issuer
    self.verifier = verifier
    self.keySetDocument = keySetDocument
  }
}
