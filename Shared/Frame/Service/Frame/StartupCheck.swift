import DataAccess
import EventLoop
import Logging
import Runtime

/// What must be true of the database before a service may start.
struct StartupCheck: Sendable {
  let driver: any DatabaseDriver
  let configuration: DatabaseConfiguration
  let logger: Logger

  /// Waits until the database answers, then refuses an account that is too mighty and a schema that this
  /// program cannot live with; one that went ahead and can be lived with is told.
  func pass(on loop: EventLoop) async throws(StartFailure) {
    do {
      try await Database.waitUntilReachable(
        driver: driver, loop: loop, attempts: max(1, configuration.maximumRetries),
        delaySeconds: configuration.retryDelaySeconds, logger: logger)
    } catch {
      throw .refused("the database cannot be reached: \(error)")
    }
    let database = Database(
      driver: driver, loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    do {
      try await inspect(database)
    } catch {
      await database.close()
      throw error
    }
    await database.close()
  }

  private func inspect(_ database: Database) async throws(StartFailure) {
    let account: AccountInspection
    let state: SchemaState
    do throws(DatabaseError) {
      account = try await database.inspectAccount()
      state = try await database.schemaState()
    } catch {
      throw .refused(
        "the database did not tell account and schema version (was it migrated? run: bulkhead migrate up): \(error)"
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

  /// Rights that no grant could take away again: with them the access manifest would be a wish.
  static func objection(to account: AccountInspection) -> String? {
    let name = account.account
    if account.isSuperuser { return "\(name) is a superuser; a service runs under an account of its own" }
    if account.bypassesRowSecurity { return "\(name) has BYPASSRLS, so that row policies do not hold for it" }
    guard !account.ownedTables.isEmpty else { return nil }
    return
      "\(name) owns tables (\(account.ownedTables.sorted().joined(separator: ", "))); a service owns none"
  }
}
