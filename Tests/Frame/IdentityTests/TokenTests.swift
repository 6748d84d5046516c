import Cryptography
import Identity
import JSON
import Routing
import Testing

@Suite("Tokens")
struct TokenTests {
  @Test func `a token carries its user, session and role`() throws {
    let fleet = try TokenFixture()
    let token = fleet.issuer.issue(
      userID: 42, sessionID: 7, role: .operator, binding: TokenFixture.binding, lifetimeSeconds: 600,
      now: TokenFixture.now)
    let traits = TokenTraits(
      binding: TokenFixture.binding, issuedAt: TokenFixture.now, digest: SHA256.hex(token))
    for _ in 0..<2 {
      #expect(
        try fleet.verifier.verify(token, now: TokenFixture.now)
          == Principal(
            userID: 42, sessionID: 7, role: .operator, expiresAt: TokenFixture.now + 600, token: traits))
    }
  }

  @Test func `a token expires at its second, remembered or not`() throws {
    let fleet = try TokenFixture()
    let token = fleet.token(lifetimeSeconds: 600)
    _ = try fleet.verifier.verify(token, now: TokenFixture.now + 599)
    for _ in 0..<2 {
      #expect(throws: TokenError.expired) { try fleet.verifier.verify(token, now: TokenFixture.now + 600) }
    }
    let fresh = TokenVerifier(keySet: JWKS(keys: [fleet.key.publicKey]))
    #expect(throws: TokenError.expired) { try fresh.verify(token, now: TokenFixture.now + 600) }
  }

  @Test func `a token from the future is refused beyond the tolerance, remembered or not`() throws {
    let fleet = try TokenFixture()
    let token = fleet.token()
    #expect(throws: TokenError.notYetValid) { try fleet.verifier.verify(token, now: TokenFixture.now - 31) }
    _ = try fleet.verifier.verify(token, now: TokenFixture.now - 30)
    #expect(throws: TokenError.notYetValid) { try fleet.verifier.verify(token, now: TokenFixture.now - 31) }
  }

  @Test func `nbf is respected if present`() throws {
    let fleet = try TokenFixture()
    let token = try fleet.signed(
      claims: TokenFixture.claims.with("nbf", .integer(TokenFixture.now + 100)))
    #expect(throws: TokenError.notYetValid) { try fleet.verifier.verify(token, now: TokenFixture.now) }
    _ = try fleet.verifier.verify(token, now: TokenFixture.now + 100)
  }

  @Test func `a token with any changed character is refused`() throws {
    let fleet = try TokenFixture()
    let token = Array(fleet.token().utf8)
    _ = try fleet.verifier.verify(String(decoding: token, as: UTF8.self), now: TokenFixture.now)
    for index in token.indices {
      var changed = token
      changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(throws: TokenError.self) {
        try fleet.verifier.verify(String(decoding: changed, as: UTF8.self), now: TokenFixture.now)
      }
    }
  }

  @Test func `a token has one spelling: no padding, no white space, no fourth part`() throws {
    let fleet = try TokenFixture()
    let token = fleet.token()
    _ = try fleet.verifier.verify(token, now: TokenFixture.now)
    let parts = token.split(separator: ".").map(String.init)
    let respelled = [
      token + "=", token + " ", " " + token, token + "\n", token + ".", "." + token, token + ".AAAA",
      parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "..", "..", "", parts[0] + "." + parts[1],
      parts[0] + "." + parts[1] + ".", token.replacing(".", with: "。"),
    ]
    for other in respelled {
      #expect(throws: TokenError.malformed, "\(other)") {
        try fleet.verifier.verify(other, now: TokenFixture.now)
      }
    }
  }

  /// U+212A, the Kelvin sign, is canonically equal to K: a comparison of texts would accept it.
  @Test func `a token that is only canonically equal to a remembered one is refused`() throws {
    let fleet = try TokenFixture()
    let tokens = (1...20).map { fleet.token(userID: $0) }
    let token = try #require(tokens.first { $0.contains("K") })
    _ = try fleet.verifier.verify(token, now: TokenFixture.now)
    let lookalike = token.replacing("K", with: "\u{212A}")
    #expect(lookalike == token)
    #expect(throws: TokenError.malformed) { try fleet.verifier.verify(lookalike, now: TokenFixture.now) }
  }

  @Test func `a token longer than the limit is refused`() throws {
    let fleet = try TokenFixture()
    let long = try fleet.signed(
      claims: TokenFixture.claims.with("pad", .string(String(repeating: "x", count: 2000))))
    #expect(throws: TokenError.tooLong) { try fleet.verifier.verify(long, now: TokenFixture.now) }
  }
}

@Suite("Signed headers and claims that are refused")
struct TokenRefusalTests {
  static let headers: [(String, JSONValue?)] = [
    ("alg", "none"), ("alg", "HS256"), ("alg", "Ed25519"), ("alg", "eddsa"), ("alg", nil), ("alg", ["EdDSA"]),
    ("typ", nil), ("typ", "jwt"), ("typ", "at+jwt"), ("kid", nil), ("kid", 1), ("crit", ["exp"]),
    ("crit", []),
    ("b64", false), ("jku", "http://127.0.0.1/"), ("zip", "DEF"), ("jwk", [:]),
  ]

  @Test(arguments: headers)
  func `a header with any other member or value is refused`(name: String, value: JSONValue?) throws {
    let fleet = try TokenFixture()
    let token = try fleet.signed(header: fleet.header.with(name, value))
    #expect(throws: TokenError.unacceptableHeader) { try fleet.verifier.verify(token, now: TokenFixture.now) }
  }

  @Test func `an unknown kid is refused even under a known key`() throws {
    let fleet = try TokenFixture()
    let token = try fleet.signed(header: fleet.header.with("kid", "other"))
    #expect(throws: TokenError.unknownKey) { try fleet.verifier.verify(token, now: TokenFixture.now) }
  }

  @Test func `a signature of another key under our kid is refused`() throws {
    let fleet = try TokenFixture()
    let forger = try TokenFixture()
    let token = try forger.signed(header: fleet.header)
    #expect(throws: TokenError.badSignature) { try fleet.verifier.verify(token, now: TokenFixture.now) }
  }

  static let now = TokenFixture.now
  static let claims: [(String, JSONValue?, TokenError)] = [
    ("iss", nil, .unacceptableClaims), ("iss", "other", .wrongIssuer), ("iss", 1, .unacceptableClaims),
    ("aud", nil, .unacceptableClaims), ("aud", "other", .wrongAudience),
    ("aud", ["bulkhead"], .unacceptableClaims), ("sub", nil, .unacceptableClaims),
    ("sub", 42, .unacceptableClaims), ("sub", "0", .unacceptableClaims), ("sub", "-1", .unacceptableClaims),
    ("sub", "042", .unacceptableClaims), ("sub", "+42", .unacceptableClaims),
    ("sub", "99999999999999999999", .unacceptableClaims), ("sid", nil, .unacceptableClaims),
    ("sid", "x", .unacceptableClaims), ("role", nil, .unacceptableClaims),
    ("role", "admin", .unacceptableClaims), ("role", "Operator", .unacceptableClaims),
    ("ins", nil, .unacceptableClaims), ("ins", "", .unacceptableClaims), ("ins", 1, .unacceptableClaims),
    ("epoch", nil, .unacceptableClaims), ("epoch", "", .unacceptableClaims),
    ("epoch", .string(String(repeating: "e", count: 65)), .unacceptableClaims),
    ("iat", nil, .unacceptableClaims), ("iat", .integer(now + 31), .notYetValid),
    ("exp", nil, .unacceptableClaims), ("exp", .integer(now), .expired),
    ("exp", .string("\(now + 600)"), .unacceptableClaims), ("exp", .double(1.8e9), .unacceptableClaims),
    ("exp", .integer(Int64.max), .unacceptableClaims), ("exp", .integer(-1), .unacceptableClaims),
    ("exp", .integer(now + 12 * 3600 + 1), .unacceptableClaims), ("nbf", "soon", .unacceptableClaims),
    ("nbf", .null, .unacceptableClaims), ("iat", .integer(Int64.min), .unacceptableClaims),
  ]

  @Test(arguments: claims)
  func `a claim that is missing, mistyped or wrong is refused`(
    name: String, value: JSONValue?, error: TokenError
  ) throws {
    let fleet = try TokenFixture()
    let token = try fleet.signed(claims: TokenFixture.claims.with(name, value))
    #expect(throws: error) { try fleet.verifier.verify(token, now: TokenFixture.now) }
  }

  @Test func `claims that are not an object, and repeated names, are refused`() throws {
    let fleet = try TokenFixture()
    let header = try JSONCoding.encode(fleet.header)
    let twice = Array(#"{"iss":"backend-api","sub":"1","sub":"2"}"#.utf8)
    for claims in [Array("[]".utf8), Array("1".utf8), Array("null".utf8), Array("{".utf8), [], [0xFF], twice]
    {
      #expect(throws: TokenError.self) {
        try fleet.verifier.verify(fleet.signed(text: header, claims), now: TokenFixture.now)
      }
    }
  }
}

@Suite("Remembered tokens")
struct VerifiedTokenTests {
  @Test func `a refused token is refused every time`() throws {
    let fleet = try TokenFixture()
    let forged = try TokenFixture().signed(header: fleet.header)
    for _ in 0..<3 {
      #expect(throws: TokenError.badSignature) { try fleet.verifier.verify(forged, now: TokenFixture.now) }
    }
  }

  @Test func `more tokens than the memory holds all verify repeatedly`() throws {
    let fleet = try TokenFixture(capacity: 8)
    let tokens = (1...40).map { fleet.token(userID: $0) }
    for _ in 0..<3 {
      for (index, token) in tokens.enumerated() {
        #expect(try fleet.verifier.verify(token, now: TokenFixture.now).userID == Int64(index + 1))
      }
    }
  }
}
