import DataAccess
import EventLoop
import Logging
import Runtime

/// The preconditions that the database must meet before a service starts.
struct StartupCheck: Sendable {
  let driver: any DatabaseDriver
  let configuration: DatabaseConfiguration
  let logger: Logger

  /// Waits until the database answers. Then it refuses an account with too many rights and an incompatible schema. It
  /// logs a schema that is newer and compatible.
  func pass(on loop: EventLoop) async throws(StartFailure) {
    do {
      try await Database.waitUntilReachable(
        driver: driver, loop: loop, attempts: max(1, configuration.maximumRetries),
        delaySeconds: configuration.retryDelaySeconds, logger: logger)
    } catch {
      throw .refused("the database is unreachable: \(error.connectionReport)")
    }
    let database = Database(
      driver: driver, loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    try await database.closing { () throws(StartFailure) in try await inspect(database) }
  }

  private func inspect(_ database: Database) async throws(StartFailure) {
    let account: AccountInspection
    let state: SchemaState
    do throws(DatabaseError) {
      account = try await database.inspectAccount()
      state = try await database.schemaState()
    } catch {
      throw .refused(
        "the database did not report account and schema version (not migrated yet? run: bulkhead migrate up): \(error)"
      )
    }
    if let reason = Self.objection(to: account) { throw .configuration("DB_USER: \(reason)") }
    switch SchemaFit(state) {
    case .exact: break
    case .compatible(let finding): logger.info("\(finding)")
    case .behind(let reason), .undeclared(let reason): throw .refused(reason)
    case .superseded(let reason): throw .superseded(reason)
    }
  }

  /// Rights that no REVOKE can take away, and that would make the access manifest meaningless.
  static func objection(to account: AccountInspection) -> String? {
    let name = account.account
    if account.isSuperuser { return "\(name) is a superuser; run the service under its own account" }
    if account.bypassesRowSecurity { return "\(name) has BYPASSRLS, so row policies do not apply to it" }
    guard !account.ownedTables.isEmpty else { return nil }
    return
      "\(name) owns tables (\(account.ownedTables.sorted().joined(separator: ", "))); a service's account owns none"
  }
}

/// Why a service did not start, with its exit code.
enum StartFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// A setting is unusable: an account with too many rights, a key file without a key.
  case configuration(String)
  /// The database does not meet a precondition: it is unreachable, or its schema is another version.
  case refused(String)
  /// The schema is too new for this program; waiting does not help.
  case superseded(String)

  var exitCode: ExitCode {
    switch self {
    case .configuration: .configuration
    case .refused, .superseded: .failure
    }
  }

  var description: String {
    switch self {
    case .configuration(let reason), .refused(let reason), .superseded(let reason): reason
    }
  }
}
