import Cryptography
import Encoding
import Identity
import JSON
import Routing
import Testing

/// A fleet's key with an issuer and a verifier, and a maker of tokens with one chosen fault.
struct TokenFixture {
  static let now: Int64 = 1_795_000_000
  static let binding = TokenBinding(installation: "ours", epoch: "first")

  let key: Ed25519.PrivateKey
  let issuer: TokenIssuer
  let verifier: TokenVerifier

  init(key: Ed25519.PrivateKey? = nil, capacity: Int = TokenVerifier.defaultCapacity) throws {
    let key = try key ?? Ed25519.PrivateKey.generate()
    self.key = key
    issuer = TokenIssuer(privateKey: key)
    verifier = TokenVerifier(keySet: JWKS(keys: [key.publicKey]), capacity: capacity)
  }

  var keyID: String { JWKS.keyID(of: key.publicKey) }

  func token(userID: Int64 = 42, lifetimeSeconds: Int64 = 600, now: Int64 = TokenFixture.now) -> String {
    issuer.issue(
      userID: userID, sessionID: 7, role: .member, binding: Self.binding, lifetimeSeconds: lifetimeSeconds,
      now: now)
  }

  var header: JSONValue { ["alg": "EdDSA", "typ": "JWT", "kid": .string(keyID)] }

  static var claims: JSONValue {
    [
      "iss": "backend-api", "aud": "bulkhead", "sub": "42", "sid": "7", "role": "member",
      "ins": "ours", "epoch": "first", "iat": .integer(now), "exp": .integer(now + 600),
    ]
  }

  /// A token with a valid signature over the given header and claims.
  func signed(header: JSONValue? = nil, claims: JSONValue = TokenFixture.claims) throws -> String {
    try signed(text: JSONCoding.encode(header ?? self.header), JSONCoding.encode(claims))
  }

  func signed(text header: [UInt8], _ claims: [UInt8]) -> String {
    let signed = Base64URL.encode(header) + "." + Base64URL.encode(claims)
    return signed + "." + Base64URL.encode(key.sign(Array(signed.utf8)))
  }
}

extension JSONValue {
  /// The object with one member replaced, added, or (nil) removed.
  func with(_ name: String, _ value: JSONValue?) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members.removeAll { $0.name == name }
    if let value { members.append(.init(name, value)) }
    return .object(members)
  }
}
