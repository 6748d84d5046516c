/// The two passwords that MySQL keeps of an account, by their verifiers.
///
/// A change of the first one leaves the second as it is, or makes the former first one the second.
/// https://dev.mysql.com/doc/refman/9.4/en/password-management.html#dual-passwords
struct TwoPasswords {
  let first: String
  /// Empty where the account has one password.
  let second: String

  /// The clause that removes the second password.
  static let discard = "DISCARD OLD PASSWORD"
  private static let retain = " RETAIN CURRENT PASSWORD"

  /// The clauses of ALTER USER after which the account has exactly these passwords, one or two. A wanted password that the
  /// server accepts now is accepted between them, too.
  func clauses(for wanted: [String], by scheme: PasswordScheme) -> [String] {
    let hasFirst = wanted.firstIndex { scheme.accepts(first, $0) }
    let hasSecond = second.isEmpty ? nil : wanted.firstIndex { scheme.accepts(second, $0) }
    func login(_ place: Int) -> String { scheme.login(scheme.verifier(wanted[place])) }
    let kept = hasFirst ?? hasSecond ?? 0
    var clauses = hasFirst == nil ? [login(kept)] : []
    guard wanted.count > 1 else { return clauses + (second.isEmpty ? [] : [Self.discard]) }
    let other = kept == 0 ? 1 : 0
    if hasFirst == nil || hasSecond != other { clauses.append(login(other) + Self.retain) }
    return clauses
  }
}
