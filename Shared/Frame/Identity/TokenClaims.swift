import JSON
import Routing
import Schema

/// What a token says: `iss`, `aud`, `sub`, `sid`, `role`, `iat`, `exp` and perhaps `nbf` (RFC 7519, section 4.1).
struct TokenClaims: Hashable {
  /// The longest time a token may be good for: 31 days. Whoever holds the key should not be able to sign for ever.
  static let maximumLifetimeSeconds: Int64 = 31 * 86_400

  let profile: TokenProfile
  let userID: Int64
  let sessionID: Int64
  let role: Role
  let issuedAt: Int64
  let times: TokenTimes

  init(
    profile: TokenProfile, userID: Int64, sessionID: Int64, role: Role, issuedAt: Int64, expiresAt: Int64
  ) {
    self.profile = profile
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.issuedAt = issuedAt
    times = TokenTimes(notBefore: issuedAt, expiresAt: expiresAt)
  }

  /// Reads claims; every one but `nbf` must be there and of its type. Other claims are ignored, as RFC 7519 asks.
  init(_ json: JSONValue) throws(TokenError) {
    guard let issuer = json["iss"]?.string, let audience = json["aud"]?.string,
      let userID = Self.identifier(json["sub"]), let sessionID = Self.identifier(json["sid"]),
      let role = json["role"]?.string.flatMap(Role.init(rawValue:)),
      let issuedAt = Self.moment(json["iat"]), let expiresAt = Self.moment(json["exp"]),
      let notBefore = json["nbf"] == nil ? issuedAt : Self.moment(json["nbf"]),
      expiresAt - issuedAt <= Self.maximumLifetimeSeconds
    else { throw .unacceptableClaims }
    profile = TokenProfile(issuer: issuer, audience: audience)
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.issuedAt = issuedAt
    times = TokenTimes(notBefore: max(notBefore, issuedAt), expiresAt: expiresAt)
  }

  var json: JSONValue {
    [
      "iss": .string(profile.issuer), "aud": .string(profile.audience), "sub": .string(String(userID)),
      "sid": .string(String(sessionID)), "role": .string(role.rawValue), "iat": .integer(issuedAt),
      "exp": .integer(times.expiresAt),
    ]
  }

  var principal: Principal {
    Principal(userID: userID, sessionID: sessionID, role: role, expiresAt: times.expiresAt)
  }

  /// An id as a text, which is what RFC 7519 wants of `sub`; one spelling for each number.
  private static func identifier(_ value: JSONValue?) -> Int64? {
    guard let text = value?.string, let number = Int64(text), number > 0, String(number) == text else {
      return nil
    }
    return number
  }

  /// Whole seconds in a range that no arithmetic here can leave.
  private static func moment(_ value: JSONValue?) -> Int64? {
    guard let seconds = value?.integer, (0...(1 << 40)).contains(seconds) else { return nil }
    return seconds
  }
}
