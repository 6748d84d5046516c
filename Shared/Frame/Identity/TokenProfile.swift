/// Who issues tokens, and for whom: what `iss` and `aud` must say.
package struct TokenProfile: Sendable, Hashable {
  /// `iss`: the service that signs.
  package let issuer: String
  /// `aud`: the fleet the token is for. One text; a list is refused.
  package let audience: String

  /// A profile of one's own, for tests and for other fleets.
  package init(issuer: String, audience: String) {
    self.issuer = issuer
    self.audience = audience
  }

  /// This fleet: backend-api signs, every service accepts.
  package static let fleet = TokenProfile(issuer: "backend-api", audience: "bulkhead")
}
