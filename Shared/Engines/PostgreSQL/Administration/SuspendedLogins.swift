import AccessPlanning
import DataAccess

/// The accounts that a run keeps out while it takes what their sessions would keep.
///
/// The end of their logins is committed before the changes that let them in again. These may never come: other sessions hold a
/// table, the connection is lost, or a signal stops the command. Then each account gets its login back, over a new connection.
/// It has what it had before the run, and nothing more.
struct SuspendedLogins {
  private let database: Database
  /// The accounts whose logins the run ends.
  private let accounts: [String]
  /// Whether the server may have ended the logins.
  private var mayBeClosed = false
  /// The accounts whose sessions go on.
  private var unended: Set<String> = []

  /// `database` is that of the account that runs the steps.
  init(_ accounts: [String], in database: Database) {
    self.accounts = accounts
    self.database = database
  }

  /// Runs `body`, which ends the logins and then makes the changes that let the accounts in again.
  ///
  /// - Throws: the error of `body`, with what became of the accounts.
  func keepingOut<Value>(
    _ body: (inout SuspendedLogins) async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    guard !accounts.isEmpty else {
      var none = self
      return try await body(&none)
    }
    let duty =
      "let \(Self.list(accounts)) log in again (\(accounts.map(Self.admission).joined(separator: "; ")))"
    return try await StatementWatch.keeping(duty: duty) { () async throws(AccessError) -> Value in
      var logins = self
      do throws(AccessError) {
        return try await body(&logins)
      } catch {
        throw await logins.reopened(after: error)
      }
    }
  }

  /// Runs the statements that end the logins.
  mutating func close<Value>(
    _ body: () async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    do {
      let value = try await body()
      mayBeClosed = !accounts.isEmpty
      return value
    } catch {
      // Of an attempt that waited for a lock, nothing is committed.
      if case .database(let failure) = error, failure.isLockConflict { throw error }
      mayBeClosed = !accounts.isEmpty
      throw error
    }
  }

  /// Without a login they stay, because their sessions keep what the changes may have taken.
  mutating func sessionsGoOn(of accounts: some Sequence<String>) { unended.formUnion(accounts) }

  /// Lets the accounts in again, and adds to the error what became of them.
  private func reopened(after error: AccessError) async -> AccessError {
    guard mayBeClosed else { return error }
    var (open, closed): ([String], [String]) = ([], [])
    for account in accounts {
      guard !unended.contains(account) else {
        closed.append(
          "\(account) stays without a login, because its sessions go on: end them, and run the command again")
        continue
      }
      do throws(DatabaseError) {
        try await reopen(account)
        open.append(account)
      } catch {
        closed.append(
          "\(account) still has no login (\(error.detail ?? error.description)): run the command again, or "
            + Self.admission(account))
      }
    }
    let opened =
      open.isEmpty
      ? [] : ["\(Self.list(open)) could not log in meanwhile, and can again, with the rights from before"]
    return error.adding((opened + closed).joined(separator: "; "))
  }

  private func reopen(_ account: String) async throws(DatabaseError) {
    try await database.repair { (own) throws(DatabaseError) in
      try await own.transaction { (transaction) throws(DatabaseError) in
        try await transaction.change("SET TRANSACTION READ WRITE", label: "lock rights")
        try await transaction.change(Self.admission(account), label: Self.admission(account))
      }
    }
  }

  private static func admission(_ account: String) -> String {
    "ALTER ROLE \(PostgresSQL.identifier(account)) LOGIN"
  }

  private static func list(_ accounts: [String]) -> String { accounts.joined(separator: ", ") }
}
