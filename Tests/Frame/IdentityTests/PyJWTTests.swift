import Cryptography
import Foundation
import Identity
import Routing
import Testing

@Suite("Tokens between us and PyJWT")
struct PyJWTTests {
  private static let read = """
    import json, sys, jwt
    given = json.load(sys.stdin)
    kid = jwt.get_unverified_header(given["token"])["kid"]
    key = jwt.PyJWKSet.from_json(given["jwks"])[kid]
    claims = jwt.decode(
      given["token"], key.key, algorithms=["EdDSA"], audience="bulkhead", issuer="backend-api",
      options={"require": ["iss", "aud", "sub", "sid", "role", "iat", "exp"]})
    json.dump({name: str(value) for name, value in claims.items()}, sys.stdout)
    """

  @Test func `PyJWT accepts our token with our published key set`() async throws {
    let fleet = try TokenFixture()
    let now = Int64(Date().timeIntervalSince1970)
    let jwks = String(decoding: JWKS(keys: [fleet.key.publicKey]).document(), as: UTF8.self)
    let claims = try await PythonPeer().run(Self.read, ["token": fleet.token(now: now), "jwks": jwks])
    #expect(
      claims == [
        "iss": "backend-api", "aud": "bulkhead", "sub": "42", "sid": "7", "role": "member", "ins": "ours",
        "epoch": "first", "iat": "\(now)", "exp": "\(now + 600)",
      ])
  }

  /// One valid token, and known attacks.
  private static let mint = """
    import base64, hashlib, hmac, json, sys, jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    given = json.load(sys.stdin)
    ours = serialization.load_pem_private_key(given["pem"].encode(), None)
    other = Ed25519PrivateKey.generate()
    raw = ours.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    pem = ours.public_key().public_bytes(
      serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    now = int(given["now"])
    claims = {"iss": "backend-api", "aud": "bulkhead", "sub": "42", "sid": "7", "role": "operator",
      "ins": "ours", "epoch": "first", "iat": now, "exp": now + 600}
    kid = {"kid": given["kid"]}
    encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")
    def hs256(secret):
      head = json.dumps({"alg": "HS256", "typ": "JWT", **kid}).encode()
      signed = encode(head) + b"." + encode(json.dumps(claims).encode())
      return (signed + b"." + encode(hmac.new(secret, signed, hashlib.sha256).digest())).decode()
    good = jwt.encode(claims, ours, algorithm="EdDSA", headers=kid)
    none = jwt.encode(claims, None, algorithm="none", headers=kid)
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(other.public_key()))
    json.dump({
      "good": good,
      "none": none,
      "none with a signature": none + good.rsplit(".", 1)[1],
      "HS256 with the raw public key": hs256(raw),
      "HS256 with the public key in PEM": hs256(pem),
      "HS256 with x": hs256(encode(raw)),
      "another key": jwt.encode(claims, other, algorithm="EdDSA", headers=kid),
      "another key that it brings along":
        jwt.encode(claims, other, algorithm="EdDSA", headers={**kid, "jwk": jwk}),
      "no kid": jwt.encode(claims, ours, algorithm="EdDSA"),
      "crit": jwt.encode(claims, ours, algorithm="EdDSA", headers={**kid, "crit": ["x"], "x": 1}),
    }, sys.stdout)
    """

  @Test func `a valid token by PyJWT is accepted and every forgery is refused`() async throws {
    let fleet = try TokenFixture()
    var tokens = try await PythonPeer().run(
      Self.mint, ["pem": fleet.key.pem(), "kid": fleet.keyID, "now": "\(TokenFixture.now)"])
    let good = try #require(tokens["good"])
    tokens["good"] = nil
    let read = try fleet.verifier.verify(good, now: TokenFixture.now)
    #expect(read.userID == 42 && read.sessionID == 7 && read.role == .operator)
    #expect(read.expiresAt == TokenFixture.now + 600 && read.token.binding == TokenFixture.binding)
    #expect(tokens.count == 9)
    for (attack, token) in tokens {
      #expect(throws: TokenError.self, "\(attack)") {
        try fleet.verifier.verify(token, now: TokenFixture.now)
      }
    }
  }
}
