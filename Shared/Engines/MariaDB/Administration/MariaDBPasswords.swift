import AccessPlanning
import DataAccess
import Secrets

/// The passwords of accounts in a MariaDB server, of which an account has one.
struct MariaDBPasswords: AccountPasswords {
  let administrator: Database
  let probe: CredentialProbe

  var name: String { administrator.dialect.engineName }

  var keepsTwo: Bool { false }

  /// The clause that makes the server accept exactly these passwords.
  static func login(_ hashes: [String]) -> String {
    let ways = hashes.map { "\(MariaDBPasswordHash.plugin) USING \(MariaDBSQL.literal($0))" }
    return "IDENTIFIED VIA \(ways.joined(separator: " OR "))"
  }

  func set(_ passwords: [Secret], of account: String) async throws(AccessError) {
    guard let password = passwords.first, passwords.count == 1 else {
      throw .unsupported("\(name) keeps one password of an account")
    }
    let change = "ALTER USER \(MariaDBGrantee(user: account).sql)"
    do {
      try await administrator.change(
        "\(change) \(Self.login([MariaDBPasswordHash.text(for: password)]))", label: "\(change) IDENTIFIED")
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
    try await numbers(of: account, before: moment).count
  }

  func endSessions(of account: String, before moment: Int64) async throws(AccessError) {
    for number in try await numbers(of: account, before: moment) {
      do throws(DatabaseError) {
        try await administrator.change("KILL CONNECTION \(number)", label: "end a session of \(account)")
      } catch  where error.nativeCode == Self.unknownSession {
        continue
      } catch {
        throw .database(error)
      }
    }
  }

  func save() async throws(AccessError) -> String? { nil }

  /// The session has ended by itself.
  private static let unknownSession = "1094"

  private func numbers(of account: String, before moment: Int64) async throws(AccessError) -> [Int64] {
    do {
      let rows = try await administrator.unsafeQuery(
        unsafeSQL: """
          SELECT id FROM information_schema.processlist
          WHERE user = ? AND id <= ? AND id <> connection_id() ORDER BY id
          """,
        [.text(account), .integer(moment)], label: "find the sessions of an account", isRead: true)
      var numbers: [Int64] = []
      for row in 0..<rows.rowCount { numbers.append(try rows.integer(row, 0)) }
      return numbers
    } catch {
      throw .database(error)
    }
  }
}
