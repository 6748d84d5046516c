/// One session with an engine. It is confined to its loop: every call comes on the loop's thread, and so do all
/// completions and ``onLost``.
///
/// Completions are called exactly once and never before the call that took them has returned to the loop or is about
/// to return; a connection that was lost or closed completes everything outstanding with ``DatabaseError/Kind``
/// `connectionLost`.
package protocol DatabaseConnection: AnyObject {
  typealias Completion = (Result<any ResultSet, DatabaseError>) -> Void

  /// As the driver's, with the names under which this connection's account sees the tables.
  var dialect: Dialect { get }
  var isOpen: Bool { get }
  /// Called once when the session ends without ``close()`` having been called.
  var onLost: ((DatabaseError) -> Void)? { get set }

  /// Executes one statement: on its own (autocommit), or inside the transaction that is open on the session.
  ///
  /// While the pool shares the connection (see ``DatabaseDriver/multiplexesReads``) only autocommit reads come, many
  /// at once. Where the driver sends several as one implicit transaction and one of them aborts it, the driver runs
  /// the others again singly: each statement's completion tells of that statement alone. While the connection is
  /// lent out, the next statement comes after the completion of the one before.
  func execute(_ query: Query, completion: @escaping Completion)

  /// Executes a select and delivers its rows in batches of at most `batchRows`, holding no more than about one batch
  /// in memory. The next batch is fetched only when `next` is called, later if need be, on the loop; `.stop` ends the
  /// stream early, which is a success. `completion` comes last and carries no rows.
  func stream(
    _ query: Query, batchRows: Int,
    onBatch: @escaping (_ batch: any ResultSet, _ next: @escaping (StreamDemand) -> Void) -> Void,
    completion: @escaping Completion)

  /// Asks the engine to give up what it is executing for this session, as best it can; the statement then fails with
  /// `statementTimeout`.
  func cancel()

  /// Ends the session at once; ``onLost`` is not called. Calling it again does nothing.
  func close()
}

/// What the receiver of a stream wants after a batch.
package enum StreamDemand: Sendable {
  case more
  case stop
}
