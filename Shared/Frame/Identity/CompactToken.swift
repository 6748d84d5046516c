import Cryptography
import Encoding
import JSON

/// The three parts of a token in the compact form (RFC 7515, section 7.1), not yet verified.
struct CompactToken {
  let header: JSONValue
  let claims: JSONValue
  let signature: [UInt8]
  /// The bytes that the signature covers: the first two parts with the dot between them.
  let signedBytes: [UInt8]

  /// Splits a token. Every part has exactly one spelling: no padding, no white space, no stray bits.
  init(_ bytes: [UInt8]) throws(TokenError) {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let signature = Base64URL.decode(parts[2]),
      signature.count == Ed25519.signatureByteCount
    else { throw .malformed }
    self.signature = signature
    header = try Self.document(parts[0])
    claims = try Self.document(parts[1])
    signedBytes = Array(bytes[..<parts[1].endIndex])
  }

  /// Builds and signs a token.
  static func text(header: JSONValue, claims: JSONValue, sign: ([UInt8]) -> [UInt8]) -> String {
    let signed = Base64URL.encode(json(header)) + "." + Base64URL.encode(json(claims))
    return signed + "." + Base64URL.encode(sign(Array(signed.utf8)))
  }

  private static func document(_ part: ArraySlice<UInt8>) throws(TokenError) -> JSONValue {
    guard let bytes = Base64URL.decode(part), let json = try? JSONCoding.decode(JSONValue.self, from: bytes)
    else { throw .malformed }
    return json
  }
}

/// The protected header (RFC 7515, section 4): exactly `alg`, `typ` and `kid`.
///
/// The verifier chooses the algorithm, not the token: it refuses anything but `EdDSA` before it looks up a key. It
/// refuses every other member too, among them `crit`, `b64`, `jwk` and `jku`, by which a token would choose its check.
struct TokenHeader: Hashable {
  static let algorithm = "EdDSA"
  static let type = "JWT"

  let keyID: String

  init(keyID: String) { self.keyID = keyID }

  init(_ json: JSONValue) throws(TokenError) {
    guard case .object(let members) = json, members.count == 3,
      json["alg"]?.string?.isSame(as: Self.algorithm) == true,
      json["typ"]?.string?.isSame(as: Self.type) == true, let keyID = json["kid"]?.string
    else { throw .unacceptableHeader }
    self.keyID = keyID
  }

  var json: JSONValue {
    ["alg": .string(Self.algorithm), "typ": .string(Self.type), "kid": .string(keyID)]
  }
}

/// Encodes a document of texts, whole numbers, lists and objects. Only infinite numbers and too deep nesting fail.
func json(_ value: JSONValue) -> [UInt8] {
  guard let bytes = try? JSONCoding.encode(value) else {
    preconditionFailure("a document of texts and whole numbers did not encode")
  }
  return bytes
}
