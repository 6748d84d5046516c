import AccessPlanning
import DataAccess
import Secrets

/// The passwords of accounts in a server of the family, of which an account has one.
struct MariaDBPasswords: AccountPasswords {
  let administrator: Database
  let probe: CredentialProbe

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { false }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    guard let password = passwords.first, passwords.count == 1 else {
      throw .unsupported("\(name) keeps one password of an account")
    }
    let change = "ALTER USER \(MariaDBGrantee(user: account).sql)"
    do {
      let scheme = try await RightsCatalog.of(administrator).passwords
      try await administrator.change(
        "\(change) \(scheme.login(scheme.verifier(password.reveal())))", label: "\(change) IDENTIFIED")
    } catch {
      throw .database(error)
    }
  }

  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
    try await probe.response(to: password, of: account)
  }

  /// The number of the newest session: the server counts them up.
  func moment() async throws(AccessError) -> Int64 {
    do {
      return try await administrator.unsafeQuery(
        unsafeSQL: "SELECT max(id) FROM information_schema.processlist", label: "read the newest session",
        isRead: true
      ).integer(0, 0)
    } catch {
      throw .database(error)
    }
  }

  func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int {
    do {
      return try await AccountSessions(administrator).numbers(of: account, before: moment).count
    } catch {
      throw .database(error)
    }
  }

  func endSessions(of account: String, before moment: Int64) async throws(AccessError) {
    do {
      try await AccountSessions(administrator).end(of: account, before: moment)
    } catch {
      throw .database(error)
    }
  }

  func save() async throws(AccessError) -> String? { nil }
}
