import Cryptography
import Secrets

/// A login that must fail: an account, or a stranger, without a password or with a wrong one.
///
/// A catalog shows what an engine stores about passwords, and not whether it asks for them. Only a login shows that.
struct LoginAttempt: Sendable {
  let cell: ProofCell
  /// The account; empty for a connection that names none.
  let account: String
  let password: Secret

  /// The attempts of every account and every stranger, in this order.
  static func all(
    _ side: ProofCell.Side, accounts: [String], strangers: [String], withWrongPasswords: Bool = true
  ) -> [LoginAttempt] {
    let wrong = Secret(SecureRandom.token())
    return (accounts + strangers).flatMap { account in
      [LoginAttempt(side, account, withoutPassword, Secret(""))]
        + (withWrongPasswords ? [LoginAttempt(side, account, withWrongPassword, wrong)] : [])
    }
  }

  /// The cell in place of the logins with wrong passwords, where none is tried.
  static func untried(_ side: ProofCell.Side) -> ProofCell {
    ProofCell(
      side, account: UntriedRights.others, object: "server", verb: withWrongPassword, expected: .denied)
  }

  private init(_ side: ProofCell.Side, _ account: String, _ verb: String, _ password: Secret) {
    self.account = account
    self.password = password
    cell = ProofCell(
      side, account: account.isEmpty ? Self.anonymous : account, object: "server", verb: verb,
      expected: .denied)
  }

  fileprivate static let withoutPassword = "log in without a password"
  fileprivate static let withWrongPassword = "log in with a wrong password"

  /// The name of a connection without an account in reports.
  static let anonymous = "anonymous"
}

extension ProofCell {
  /// Whether it is a login that must fail, possibly of a stranger, and no right of an account.
  package var isFailingLogin: Bool {
    verb == LoginAttempt.withoutPassword || verb == LoginAttempt.withWrongPassword
  }
}
