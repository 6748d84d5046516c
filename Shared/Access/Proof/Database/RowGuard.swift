import DataAccess
import Synchronization

/// How an engine's server removes the proof's rows when the proof itself is killed.
///
/// The rows are committed, so no rollback removes them. A second session waits in the server for the end of the first
/// one, and then deletes them: the server does that even when the client of both is gone.
package struct RowGuard: Sendable {
  /// Statements that let its session wait without a limit of time.
  let settings: [String]
  /// A select that returns one text, which names the session that runs it.
  let session: String
  /// One statement that waits until the session of that name has ended, and then executes the removals.
  let waiting: @Sendable (_ session: String, _ removals: [String]) -> String

  /// Creates a guard; see the properties. `waiting` must end when the engine cancels it.
  package init(
    settings: [String], session: String,
    waiting: @escaping @Sendable (_ session: String, _ removals: [String]) -> String
  ) {
    self.settings = settings
    self.session = session
    self.waiting = waiting
  }

  /// Runs `body` while a session of the administrator guards the rows.
  ///
  /// Both sessions are the guard's own: the pool of the administrator keeps its connections for the work.
  func protecting(
    _ removals: [String], on database: ProofDatabase,
    _ body: @Sendable () async throws(ProofError) -> Void
  ) async throws(ProofError) {
    let (watched, watching) = (connection(database), connection(database))
    let result = Mutex<Result<Void, ProofError>?>(nil)
    var failure: DatabaseError?
    do throws(DatabaseError) {
      try await watched.session(Self.label) { (guarded) throws(DatabaseError) in
        let name = try await guarded.unsafeQuery(unsafeSQL: session, label: Self.label).text(0, 0)
        try await watching.session(Self.label) { (guardian) throws(DatabaseError) in
          for sql in settings { _ = try await guardian.unsafeQuery(unsafeSQL: sql, label: Self.label) }
          let statement = waiting(name, removals)
          let task = Task(executorPreference: database.loop) {
            _ = try? await guardian.unsafeQuery(unsafeSQL: statement, label: Self.label)
          }
          let outcome = await Self.outcome(of: body)
          result.withLock { $0 = outcome }
          task.cancel()
          await task.value
        }
      }
    } catch {
      failure = error
    }
    await watching.close()
    await watched.close()
    if let failure { throw .probeRows(failure) }
    try result.withLock { $0 ?? .success(()) }.get()
  }

  /// A pool of one connection: its session is the only one.
  private func connection(_ database: ProofDatabase) -> Database {
    Database(
      driver: database.administrator.driver, loop: database.loop,
      configuration: PoolConfiguration(size: 1, statementTimeoutMilliseconds: Self.longestMilliseconds),
      logger: database.logger)
  }

  private static func outcome(
    of body: @Sendable () async throws(ProofError) -> Void
  ) async -> Result<Void, ProofError> {
    do throws(ProofError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  private static let label = "guard probe rows"
  private static let longestMilliseconds = 24 * 3_600_000
}
