import DataAccess
import Dispatch

/// Runs the blocking part of a connection: its writes, transactions and long reads. They run one after another
/// on their own queue, away from every loop.
final class ConnectionWorker: Sendable {
  /// The result of one piece of work.
  struct Outcome: Sendable {
    let result: Result<SQLiteRows, DatabaseError>
    /// Whether the session is outside a transaction afterwards.
    let isAutocommit: Bool
  }

  private let queue: DispatchQueue
  private let session: SessionHolder
  private let options: SQLiteOptions
  private let connections: OpenConnections

  /// - Parameter connections: Has counted this connection already.
  init(_ opener: SessionOpener, _ connections: OpenConnections) {
    self.connections = connections
    queue = DispatchQueue(label: "sqlite.connection")
    session = SessionHolder(opener, for: .writing)
    options = opener.options
  }

  /// Runs other blocking work, in turn.
  func perform(_ body: @escaping @Sendable () -> Void) {
    queue.async(execute: body)
  }

  func run(_ query: Query, _ cancellation: Cancellation, then: @escaping @Sendable (Outcome) -> Void) {
    submit(query.operation, cancellation, then: then) { (session, terms) throws(DatabaseError) in
      let rows = try session.run(query, on: terms)
      try session.confirm(query)
      return rows
    }
  }

  /// Closes both sessions after the work that is already queued. The last connection of the process checkpoints.
  func close(_ reader: SessionHolder) {
    queue.async { [session, connections] in
      reader.close()
      session.close()
      connections.left()
    }
  }

  private func submit(
    _ operation: Operation, _ cancellation: Cancellation, then: @escaping @Sendable (Outcome) -> Void,
    _ work: @escaping @Sendable (FileSession, FileSession.Terms) throws(DatabaseError) -> SQLiteRows
  ) {
    let terms = FileSession.Terms(timeouts: options.offLoop, cancellation: cancellation)
    queue.async { [session] in
      do throws(DatabaseError) {
        then(
          try session.perform { (session) throws(DatabaseError) in
            Outcome(result: Self.attempt(operation, session, terms, work), isAutocommit: session.isAutocommit)
          })
      } catch {
        // The session did not open, so no transaction is open either.
        then(Outcome(result: .failure(error.withoutEffect(of: operation)), isAutocommit: true))
      }
    }
  }

  private static func attempt(
    _ operation: Operation, _ session: FileSession, _ terms: FileSession.Terms,
    _ work: (FileSession, FileSession.Terms) throws(DatabaseError) -> SQLiteRows
  ) -> Result<SQLiteRows, DatabaseError> {
    if terms.cancellation?.isRequested == true {
      return .failure(DatabaseError(.statementTimeout, operation: operation.description))
    }
    return Result { () throws(DatabaseError) in try work(session, terms) }
  }
}
