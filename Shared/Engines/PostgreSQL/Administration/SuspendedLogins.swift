import AccessPlanning
import DataAccess

/// The accounts that a run keeps out while it takes what their sessions would keep.
///
/// The end of their logins is committed before the changes that let them in again. These may never come: other sessions hold a
/// table, the connection is lost, or a signal stops the command. Then each account gets its login back, over a new connection.
/// It has what it had before the run, and nothing more. Another run that keeps the same account out sees that before its changes,
/// and fails (``PostgresCatalogReader/read(keepingOut:)``): the account may have a session again.
struct SuspendedLogins {
  private let database: Database
  /// The accounts whose logins the run ends.
  private let accounts: [String]
  /// Those whose logins the server has ended, or may have.
  private var closed: Set<String> = []
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
      "let \(Self.list(accounts)) log in again (\(accounts.map(PostgresPlanner.admit).joined(separator: "; ")))"
    return try await StatementWatch.keeping(duty: duty) { () async throws(AccessError) -> Value in
      var logins = self
      do throws(AccessError) {
        return try await body(&logins)
      } catch {
        throw await logins.reopened(after: error)
      }
    }
  }

  /// Runs `body`, which ends logins and returns the accounts that it has shut out.
  mutating func close(_ body: () async throws(AccessError) -> [String]) async throws(AccessError) {
    do {
      closed.formUnion(try await body())
    } catch {
      // Of an attempt that waited for a lock, nothing is committed. A commit whose answer is missing may be.
      if case .database(let failure) = error, failure.isLockConflict { throw error }
      closed.formUnion(accounts)
      throw error
    }
  }

  /// Without a login they stay, because their sessions keep what the changes may have taken.
  mutating func sessionsGoOn(of accounts: some Sequence<String>) { unended.formUnion(accounts) }

  /// Lets the accounts in again, and adds to the error what became of them.
  private func reopened(after error: AccessError) async -> AccessError {
    var (open, shut): ([String], [String]) = ([], [])
    for account in closed.sorted() {
      guard !unended.contains(account) else {
        shut.append(
          "\(account) stays without a login, because its sessions go on: end them, and run the command again")
        continue
      }
      do throws(DatabaseError) {
        if try await reopenBesideOthers(account) { open.append(account) }
      } catch {
        shut.append(
          "\(account) still has no login (\(error.detail ?? error.description)): run the command again, or "
            + PostgresPlanner.admit(account))
      }
    }
    let opened = open.isEmpty ? [] : ["\(Self.list(open)) could not log in meanwhile, and can again"]
    let notes = opened + shut
    return notes.isEmpty ? error : error.adding(notes.joined(separator: "; "))
  }

  /// Another run that changed the account in the same moment may have let it in.
  private func reopenBesideOthers(_ account: String) async throws(DatabaseError) -> Bool {
    do {
      return try await reopen(account)
    } catch {
      guard error.isOfConcurrentChange else { throw error }
      return try await reopen(account)
    }
  }

  /// Returns whether the account had no login. A standby that does not answer keeps no account out.
  private func reopen(_ account: String) async throws(DatabaseError) -> Bool {
    try await database.repair { (own) throws(DatabaseError) in
      try await own.transaction { (transaction) throws(DatabaseError) in
        for statement in ["SET TRANSACTION READ WRITE", "SET LOCAL synchronous_commit = local"] {
          try await transaction.change(statement, label: "lock rights")
        }
        let logins = try await transaction.unsafeQuery(
          unsafeSQL: "SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = $1", [.text(account)],
          label: "read the login", isRead: true)
        if logins.rowCount == 1, try logins.boolean(0, 0) { return false }
        try await transaction.change(PostgresPlanner.admit(account), label: PostgresPlanner.admit(account))
        return true
      }
    }
  }

  private static func list(_ accounts: [String]) -> String { accounts.joined(separator: ", ") }
}
