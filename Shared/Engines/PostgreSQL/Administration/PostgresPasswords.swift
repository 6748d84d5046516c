import AccessPlanning
import DataAccess
import Secrets

/// The passwords of roles in a PostgreSQL server, which has one for each role.
struct PostgresPasswords: AccountPasswords {
  private let administrator: Database
  /// The account of that database.
  private let account: String
  private let probe: CredentialProbe

  init(_ administrator: Database, account: String, probe: CredentialProbe) {
    self.administrator = administrator
    self.account = account
    self.probe = probe
  }

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { false }

  /// One state (53300) stands for every limit. The server names the function that raised it: these compare the limits of a
  /// role, of a database and of the reserved connections after the password, as in `src/backend/utils/init`. Without a free
  /// process (`InitProcess`), no password is checked.
  static let provesPassword: PasswordProof = { error in
    ["InitializeSessionUserId", "CheckMyDatabase", "InitPostgres"].contains {
      error.detail?.contains(":  \($0), ") == true
    }
  }

  /// The statement contains the verifier alone, as that of `apply`.
  func set(_ passwords: [Secret], of role: String) async throws(AccessError) {
    guard let password = passwords.first, passwords.count == 1 else {
      throw .unsupported("\(name) keeps one password of a role")
    }
    do {
      let verifier = try SCRAMVerifier.text(for: password.reveal())
      let change = "ALTER ROLE \(PostgresSQL.identifier(role)) PASSWORD "
      try await administrator.change(
        change + PostgresSQL.literal(verifier), label: "\(change)'<SCRAM verifier>'")
    } catch let error as DatabaseError {
      throw .database(error)
    } catch {
      throw .unsupported("the password of \(role) is unusable: \(error)")
    }
  }

  func response(to password: Secret, of role: String) async throws(AccessError) -> CredentialState {
    try await probe.response(to: password, of: role)
  }

  /// The server's own clock, in microseconds: it is the clock of `backend_start`.
  func moment() async throws(AccessError) -> Int64 {
    do {
      let rows = try await administrator.unsafeQuery(
        unsafeSQL: "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        label: "read the clock", isRead: true)
      return try rows.integer(0, 0)
    } catch {
      throw .database(error)
    }
  }

  func sessions(of role: String, before moment: Int64) async throws(AccessError) -> Int {
    do {
      return try await asMember(of: role) { (transaction) throws(DatabaseError) in
        let rows = try await transaction.unsafeQuery(
          unsafeSQL: "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid() "
            + "AND \(Self.began(before: "$2"))",
          [.text(role), .integer(moment)], label: "find the sessions of a role")
        return Int(try rows.integer(0, 0))
      }
    } catch {
      throw .database(error)
    }
  }

  /// Waits for the end of each session, and fails where one goes on.
  func endSessions(of role: String, before moment: Int64) async throws(AccessError) {
    let statement = PostgresSQL.endSessions(of: role, where: Self.began(before: "\(moment)"))
    do {
      try await asMember(of: role) { (transaction) throws(DatabaseError) in
        try await transaction.change(statement, label: "end the sessions of a role")
      }
    } catch {
      throw .database(error)
    }
  }

  private static func began(before moment: String) -> String {
    "extract(epoch FROM backend_start) * 1000000 < \(moment)"
  }

  func save() async throws(AccessError) -> String? { nil }

  /// Only a member of a role sees when its sessions began, and may end them. The administrator is one for this
  /// transaction.
  private func asMember<Value: Sendable>(
    of role: String, _ body: (Transaction) async throws(DatabaseError) -> Value
  ) async throws(DatabaseError) -> Value {
    let (member, owner) = (PostgresSQL.identifier(role), PostgresSQL.identifier(account))
    let isOwn = role == account
    return try await administrator.transaction { (transaction) throws(DatabaseError) in
      if !isOwn {
        try await transaction.change(
          "GRANT \(member) TO \(owner) WITH INHERIT TRUE, SET FALSE", label: "see the sessions of a role")
      }
      let value = try await body(transaction)
      if !isOwn {
        try await transaction.change(
          "REVOKE \(member) FROM \(owner) GRANTED BY \(owner)", label: "see the sessions of a role")
      }
      return value
    }
  }
}
