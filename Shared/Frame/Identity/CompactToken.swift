import Cryptography
import Encoding
import JSON

/// The three parts of a token in the compact form (RFC 7515, section 7.1), not yet believed.
struct CompactToken {
  let header: JSONValue
  let claims: JSONValue
  let signature: [UInt8]
  /// What the signature is for: the first two parts as they stand, with the dot between them.
  let signedBytes: [UInt8]

  /// Takes a token apart. Every part has exactly one spelling: no padding, no white space, no stray bits.
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

  /// Makes a token.
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
