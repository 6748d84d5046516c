import DataAccess

/// Prevents two runs of migrations at once. The session owns the lock, and the lock ends with the session in every
/// case.
struct MigrationLock: Sendable {
  static let pauseMilliseconds = 200

  let timeoutMilliseconds: Int
  /// Suspends for the given milliseconds.
  let pause: @Sendable (Int) async -> Void

  /// Waits for the lock until the deadline, then fails and names its holder.
  ///
  /// On an engine whose write transaction is the lock, this does nothing: each step's transaction takes the lock.
  func acquire(_ session: Session, _ report: MigrationEngine.Report) async throws(MigrationError) {
    guard case .statements(let acquire, _, let holder) = session.dialect.sessionLock else { return }
    var waited = 0
    while true {
      if try await isFree(session, acquire) { return }
      let name = try await text(session, holder)
      guard waited < timeoutMilliseconds else { throw .locked(by: name) }
      if waited == 0 { report(.waitingForLock(holder: name)) }
      await pause(Self.pauseMilliseconds)
      waited += Self.pauseMilliseconds
    }
  }

  /// Releases the lock early; if that fails, the end of the session releases it.
  func release(_ session: Session) async {
    guard case .statements(_, let release, _) = session.dialect.sessionLock else { return }
    _ = try? await session.unsafeQuery(unsafeSQL: release, label: "unlock migrations")
  }

  private func isFree(_ session: Session, _ sql: String) async throws(MigrationError) -> Bool {
    do {
      let result = try await session.unsafeQuery(unsafeSQL: sql, label: "lock migrations")
      return result.rowCount == 1 ? try result.boolean(0, 0) : false
    } catch {
      throw .database(error)
    }
  }

  private func text(_ session: Session, _ sql: String) async throws(MigrationError) -> String {
    do {
      let result = try await session.unsafeQuery(unsafeSQL: sql, label: "look for the lock's holder")
      return result.rowCount > 0 ? try result.text(0, 0) : "an unknown session"
    } catch {
      throw .database(error)
    }
  }
}
