/// When a token may be used, in seconds since 1970.
struct TokenTimes: Hashable {
  /// How far the clocks of two machines may differ, for the beginning of a token; its end is taken as it stands.
  static let toleranceSeconds: Int64 = 30

  let notBefore: Int64
  let expiresAt: Int64

  func check(now: Int64) throws(TokenError) {
    guard now < expiresAt else { throw .expired }
    guard notBefore <= now + Self.toleranceSeconds else { throw .notYetValid }
  }
}
