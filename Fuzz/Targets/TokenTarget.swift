import Cryptography
import JSON
import Routing

@testable import Identity

/// No bytes but the issued ones are a token, and no document that is signed gives more than its claims.
enum TokenTarget {
  private static let now: Int64 = 1_800_000_000
  private static let key = makeKey()
  private static let keyID = JWKS.keyID(of: key.publicKey)
  private static let issued = Array(
    TokenIssuer(privateKey: key).issue(
      userID: 7, sessionID: 9, role: .member, binding: TokenBinding(installation: "i", epoch: "e"),
      lifetimeSeconds: 3_600, now: now
    ).utf8)

  static func check(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let rest = Array(input.dropFirst())
    switch first % 4 {
    case 0: refuse(rest)
    case 1: refuse(edited(by: rest))
    case 2: sign(rest)
    default: readKeySet(rest)
    }
  }

  /// A new verifier for each token: one that remembers would compare bytes in place of checking them.
  private static func verifies(_ token: [UInt8]) -> Bool {
    guard let text = String(validating: token, as: UTF8.self) else { return false }
    let verifier = TokenVerifier(keySet: JWKS(keys: [key.publicKey]))
    return (try? verifier.verify(text, now: now + 1)) != nil
  }

  private static func refuse(_ token: [UInt8]) {
    guard verifies(token) else { return }
    demand(token == issued, "a token that was not issued is accepted")
  }

  /// The issued token with bytes replaced: pairs of a place and a byte.
  private static func edited(by edits: [UInt8]) -> [UInt8] {
    var token = issued
    for index in stride(from: 0, to: edits.count - 1, by: 2) {
      token[Int(edits[index]) * 2 % token.count] = edits[index + 1]
    }
    return token
  }

  /// Signs claims of the fuzzer's own, so that the checks behind the signature are reached.
  private static func sign(_ document: [UInt8]) {
    guard let claims = try? JSONCoding.decode(JSONValue.self, from: document) else { return }
    let token = CompactToken.text(header: TokenHeader(keyID: keyID).json, claims: claims, sign: key.sign)
    let verifier = TokenVerifier(keySet: JWKS(keys: [key.publicKey]))
    guard let principal = try? verifier.verify(token, now: now) else { return }
    demand(principal.userID > 0 && principal.sessionID > 0, "a principal without a user")
    demand(principal.expiresAt > now, "an expired token is accepted")
    demand(claims["iss"]?.string == TokenProfile.fleet.issuer, "a token of another issuer is accepted")
    demand(claims["aud"]?.string == TokenProfile.fleet.audience, "a token for others is accepted")
    FuzzTarget.plant(where: principal.userID != 7)
  }

  private static func readKeySet(_ document: [UInt8]) {
    guard let set = try? JWKS(parsing: document) else { return }
    demand((1...JWKS.maximumKeys).contains(set.keysByID.count), "a key set with \(set.keysByID.count) keys")
    demand((try? JWKS(parsing: set.document()))?.document() == set.document(), "a key set came back changed")
  }

  private static func makeKey() -> Ed25519.PrivateKey {
    guard let key = try? Ed25519.PrivateKey(seed: Array(repeating: 7, count: 32)) else {
      fatalError("the key of the token's target")
    }
    return key
  }
}
