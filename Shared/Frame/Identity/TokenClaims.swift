import JSON
import Routing
import Schema

/// The claims of a token: `iss`, `aud`, `sub`, `sid`, `role`, `ins`, `epoch`, `iat`, `exp` and optionally `ses` and `nbf`
/// (RFC 7519, section 4.1).
struct TokenClaims: Hashable {
  /// In bytes of `ins`, of `epoch` and of `ses`.
  private static let maximumBindingBytes = 64

  let profile: TokenProfile
  let userID: Int64
  let sessionID: Int64
  let role: Role
  let binding: TokenBinding
  let issuedAt: Int64
  let times: TokenTimes

  init(
    profile: TokenProfile, userID: Int64, sessionID: Int64, role: Role, binding: TokenBinding,
    issuedAt: Int64, expiresAt: Int64
  ) {
    self.profile = profile
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.binding = binding
    self.issuedAt = issuedAt
    times = TokenTimes(notBefore: issuedAt, expiresAt: expiresAt)
  }

  /// Reads claims. Every claim except `ses` and `nbf` is required with its type; other claims are ignored, as RFC 7519 says.
  init(_ json: JSONValue) throws(TokenError) {
    guard let issuer = json["iss"]?.string, let audience = json["aud"]?.string,
      let userID = Self.identifier(json["sub"]), let sessionID = Self.identifier(json["sid"]),
      let role = json["role"]?.string.flatMap(Role.init(rawValue:)),
      let installation = Self.name(json["ins"]), let epoch = Self.name(json["epoch"]),
      let session = Self.optionalName(json["ses"]),
      let issuedAt = Self.moment(json["iat"]), let expiresAt = Self.moment(json["exp"]),
      let notBefore = json["nbf"] == nil ? issuedAt : Self.moment(json["nbf"]),
      expiresAt - issuedAt <= TokenLifetime.seconds
    else { throw .unacceptableClaims }
    profile = TokenProfile(issuer: issuer, audience: audience)
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    binding = TokenBinding(installation: installation, epoch: epoch, session: session)
    self.issuedAt = issuedAt
    times = TokenTimes(notBefore: max(notBefore, issuedAt), expiresAt: expiresAt)
  }

  var json: JSONValue {
    let session = binding.session.map { [JSONValue.Member("ses", .string($0))] } ?? []
    return .object(
      [
        .init("iss", .string(profile.issuer)), .init("aud", .string(profile.audience)),
        .init("sub", .string(String(userID))), .init("sid", .string(String(sessionID))),
        .init("role", .string(role.rawValue)), .init("ins", .string(binding.installation)),
        .init("epoch", .string(binding.epoch)),
      ] + session + [.init("iat", .integer(issuedAt)), .init("exp", .integer(times.expiresAt))])
  }

  /// The principal of the token whose text has this digest.
  func principal(digest: String) -> Principal {
    Principal(
      userID: userID, sessionID: sessionID, role: role, expiresAt: times.expiresAt,
      token: TokenTraits(binding: binding, issuedAt: issuedAt, digest: digest))
  }

  private static func name(_ value: JSONValue?) -> String? {
    guard let text = value?.string, (1...maximumBindingBytes).contains(text.utf8.count) else { return nil }
    return text
  }

  /// A claim that may be missing; nil for one of another form.
  private static func optionalName(_ value: JSONValue?) -> String?? {
    guard let value else { return .some(nil) }
    return name(value).map { .some($0) }
  }

  /// An id as text, which RFC 7519 requires of `sub`. Each number has one spelling.
  private static func identifier(_ value: JSONValue?) -> Int64? {
    guard let text = value?.string, let number = Int64(text), number > 0, String(number) == text else {
      return nil
    }
    return number
  }

  /// Whole seconds, in a range within which no arithmetic here overflows.
  private static func moment(_ value: JSONValue?) -> Int64? {
    guard let seconds = value?.integer, (0...(1 << 40)).contains(seconds) else { return nil }
    return seconds
  }
}

/// The required values of `iss` and `aud`.
package struct TokenProfile: Sendable, Hashable {
  /// `iss`: the service that signs.
  package let issuer: String
  /// `aud`: the fleet that the token is for. One text; the verifier refuses a list.
  package let audience: String

  /// Another profile, for tests and for other fleets.
  package init(issuer: String, audience: String) {
    self.issuer = issuer
    self.audience = audience
  }

  /// This fleet: backend-api signs, and every service accepts.
  package static let fleet = TokenProfile(issuer: "backend-api", audience: "bulkhead")
}

/// How long a token is valid at most, unless its session ends before.
package enum TokenLifetime {
  /// 12 hours; `ACCESS_TOKEN_SECONDS` of backend-api is far below it. Verifiers refuse a longer one: even the holder of the key cannot sign a token that never ends, and a
  /// service that follows the ended sessions need remember them no longer.
  package static let seconds: Int64 = 12 * 3600
}

/// When a token is valid, in seconds since 1970.
struct TokenTimes: Hashable {
  /// How far two machines' clocks may differ. It applies to the start of a token, not to its end.
  static let toleranceSeconds: Int64 = 30

  let notBefore: Int64
  let expiresAt: Int64

  func check(now: Int64) throws(TokenError) {
    guard now < expiresAt else { throw .expired }
    guard notBefore <= now + Self.toleranceSeconds else { throw .notYetValid }
  }
}
