import Cryptography
import Encoding
import JSON

/// A set of public keys (RFC 7517) for Ed25519 signatures (RFC 8037). backend-api publishes it, and the other services
/// read it.
///
/// A set can hold several keys: backend-api publishes a new key before it signs the first token with it.
package struct JWKS: Sendable {
  /// The longest document that is parsed.
  package static let maximumBytes = 64 << 10
  /// The most keys in a set.
  package static let maximumKeys = 32

  private static let maximumKeyIDBytes = 128

  /// The keys, each under its `kid`.
  package let keysByID: [ByteText: Ed25519.PublicKey]

  /// A set of the fleet's own keys; each `kid` is the key's thumbprint.
  package init(keys: [Ed25519.PublicKey]) {
    keysByID = Dictionary(
      keys.map { (ByteText(Self.keyID(of: $0)), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Parses a document. It skips keys of other kinds and for other uses, as RFC 7517, section 5, says.
  package init(parsing document: [UInt8]) throws(JWKSError) {
    guard document.count <= Self.maximumBytes else { throw .tooLong }
    guard let json = try? JSONCoding.decode(JSONValue.self, from: document), let entries = json["keys"]?.array
    else { throw .malformed }
    guard entries.count <= Self.maximumKeys else { throw .tooManyKeys }
    var keys: [ByteText: Ed25519.PublicKey] = [:]
    for entry in entries {
      guard let (keyID, key) = try Self.key(entry) else { continue }
      guard keys.updateValue(key, forKey: ByteText(keyID)) == nil else { throw .duplicateKeyID }
    }
    guard !keys.isEmpty else { throw .noUsableKey }
    keysByID = keys
  }

  /// The document, sorted by `kid`: the same set gives the same bytes, and so the same entity tag.
  package func document() -> [UInt8] {
    let entries = keysByID.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }.map {
      keyID, key -> JSONValue in
      [
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": .string(keyID.text),
        "x": .string(Base64URL.encode(key.bytes)),
      ]
    }
    return json(["keys": .array(entries)])
  }

  /// The key's thumbprint (RFC 7638, RFC 8037 appendix A.3): SHA-256 of its required members in alphabetical order.
  package static func keyID(of key: Ed25519.PublicKey) -> String {
    Base64URL.encode(
      SHA256.hash(#"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(key.bytes))"}"#))
  }

  private static func key(_ entry: JSONValue) throws(JWKSError) -> (String, Ed25519.PublicKey)? {
    guard case .object = entry else { throw .malformed }
    guard entry["d"] == nil else { throw .privateKey }
    guard says("OKP", entry["kty"]), says("Ed25519", entry["crv"]),
      entry["use"] == nil || says("sig", entry["use"]),
      entry["alg"] == nil || says(TokenHeader.algorithm, entry["alg"])
    else { return nil }
    guard let keyID = entry["kid"]?.string, (1...maximumKeyIDBytes).contains(keyID.utf8.count),
      let bytes = entry["x"]?.string.flatMap({ Base64URL.decode($0) }),
      let key = try? Ed25519.PublicKey(bytes: bytes)
    else { throw .malformedKey }
    return (keyID, key)
  }

  private static func says(_ text: String, _ member: JSONValue?) -> Bool {
    member?.string?.isSame(as: text) ?? false
  }
}

/// Why a key set is unusable.
package enum JWKSError: Error, Sendable, Hashable {
  /// Longer than ``JWKS/maximumBytes``.
  case tooLong
  /// Not a JSON object with a list `keys`.
  case malformed
  /// An Ed25519 key without a `kid`, or with an `x` that is not 32 bytes of Base64URL.
  case malformedKey
  /// The set contains a private key (`d`). Replace that key, and publish it nowhere.
  case privateKey
  /// Two keys have the same `kid`.
  case duplicateKeyID
  /// More keys than ``JWKS/maximumKeys``.
  case tooManyKeys
  /// No key for Ed25519 signatures.
  case noUsableKey
}

extension JWKSError: CustomStringConvertible {
  /// What is wrong with the set, without anything of its content.
  package var description: String {
    switch self {
    case .tooLong: "it has more than \(JWKS.maximumBytes) bytes"
    case .malformed: "it is not a JSON object with a list of keys in `keys`"
    case .malformedKey: "an Ed25519 key has no `kid`, or its `x` is not 32 bytes in Base64URL"
    case .privateKey: "it contains a private key (`d`): replace that key, and publish it nowhere"
    case .duplicateKeyID: "two keys have the same `kid`"
    case .tooManyKeys: "it has more than \(JWKS.maximumKeys) keys"
    case .noUsableKey: "it has no key for Ed25519 signatures"
    }
  }
}
