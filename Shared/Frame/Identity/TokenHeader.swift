import JSON

/// The protected header (RFC 7515, section 4): exactly `alg`, `typ` and `kid`.
///
/// The algorithm is ours to say, not the token's: anything but `EdDSA` is refused before a key is even looked up. So
/// is every other member, among them `crit`, `b64`, `jwk` and `jku`, by which a token would choose how it is checked.
struct TokenHeader: Hashable {
  static let algorithm = "EdDSA"
  static let type = "JWT"

  let keyID: String

  init(keyID: String) { self.keyID = keyID }

  init(_ json: JSONValue) throws(TokenError) {
    guard case .object(let members) = json, members.count == 3, json["alg"]?.string == Self.algorithm,
      json["typ"]?.string == Self.type, let keyID = json["kid"]?.string
    else { throw .unacceptableHeader }
    self.keyID = keyID
  }

  var json: JSONValue {
    ["alg": .string(Self.algorithm), "typ": .string(Self.type), "kid": .string(keyID)]
  }
}
