import Cryptography
import Encoding
import Identity
import JSON
import Testing

@Suite("Key sets")
struct JWKSTests {
  private static let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

  private func publicKey() throws -> Ed25519.PublicKey {
    try Ed25519.PublicKey(bytes: try #require(Base64URL.decode(Self.x)))
  }

  @Test func `the thumbprint matches RFC 8037, appendix A3`() throws {
    #expect(try JWKS.keyID(of: publicKey()) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }

  @Test func `a document has the members of RFC 8037, and no private one`() throws {
    let document = try JWKS(keys: [publicKey()]).document()
    #expect(
      String(decoding: document, as: UTF8.self)
        == #"{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","#
        + #""kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","x":"\#(Self.x)"}]}"#)
  }

  @Test func `several keys survive the document, and its bytes do not depend on their order`() throws {
    let keys = try (0..<3).map { _ in try Ed25519.PrivateKey.generate().publicKey }
    let document = JWKS(keys: keys).document()
    #expect(document == JWKS(keys: keys.reversed()).document())
    #expect(try Set(JWKS(parsing: document).keysByID.values) == Set(keys))
  }

  @Test func `during a change of keys, tokens of both are accepted`() throws {
    let (old, new) = (try TokenFixture(), try TokenFixture())
    let verifier = TokenVerifier(keySet: JWKS(keys: [old.key.publicKey, new.key.publicKey]))
    for fleet in [old, new] { _ = try verifier.verify(fleet.token(), now: TokenFixture.now) }
    let after = TokenVerifier(keySet: JWKS(keys: [new.key.publicKey]))
    #expect(throws: TokenError.unknownKey) { try after.verify(old.token(), now: TokenFixture.now) }
  }

  @Test func `keys of other kinds and uses are skipped`() throws {
    let set = try JWKS(
      parsing: Array(
        #"""
        {"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","kid":"rsa"},
        {"kty":"OKP","crv":"X25519","x":"AAAA","kid":"x"},
        {"kty":"OKP","crv":"Ed25519","use":"enc","x":"AAAA","kid":"enc"},
        {"kty":"OKP","crv":"Ed25519","alg":"none","x":"AAAA","kid":"none"},
        {"kty":"OKP","crv":"Ed25519","x":"\#(Self.x)","kid":"ours"}]}
        """#.utf8))
    #expect(set.keysByID.keys.map(\.text) == ["ours"])
  }

  static let refused: [(String, JWKSError)] = [
    ("", .malformed), ("[]", .malformed), ("{}", .malformed), (#"{"keys":{}}"#, .malformed),
    (#"{"keys":[1]}"#, .malformed), (#"{"keys":[]}"#, .noUsableKey),
    (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"\#(x)"}]}"#, .malformedKey),
    (#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"","x":"\#(x)"}]}"#, .malformedKey),
    (#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)="}]}"#, .malformedKey),
    (#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}]}"#, .malformedKey),
    (#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)","d":"AAAA"}]}"#, .privateKey),
    (
      #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)"},"#
        + #"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(x)"}]}"#, .duplicateKeyID
    ),
    ("{\"keys\":[" + [String](repeating: "{}", count: 33).joined(separator: ",") + "]}", .tooManyKeys),
    (String(repeating: " ", count: JWKS.maximumBytes + 1), .tooLong),
  ]

  @Test(arguments: refused)
  func `an unusable document is refused with the reason`(text: String, error: JWKSError) {
    #expect(throws: error) { try JWKS(parsing: Array(text.utf8)) }
  }
}
