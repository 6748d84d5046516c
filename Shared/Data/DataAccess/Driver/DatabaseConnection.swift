/// One session with an engine. It is confined to its loop: every call, every completion and ``onLost`` run on the
/// loop's thread.
///
/// Each completion runs exactly once, as the last step of the call that took it or later. A connection
/// that is lost or closed completes everything outstanding with `connectionLost`.
package protocol DatabaseConnection: AnyObject {
  typealias Completion = (Result<any ResultSet, DatabaseError>) -> Void
  typealias GroupCompletion = ([Result<any ResultSet, DatabaseError>]) -> Void

  /// The driver's dialect, with the names under which this connection's account sees the tables. A dialect that has not
  /// changed is the same one (``Dialect/isIdentical(to:)``): the texts of statements depend on it.
  var dialect: Dialect { get }
  var isOpen: Bool { get }
  /// Whether the engine requested the password before it opened the session; nil where the driver cannot say.
  var hasProvenPassword: Bool? { get }
  /// The engine's number of the session, for selects about it (``LockWaits/activity``); nil where it has none.
  var sessionNumber: Int64? { get }

  /// Runs once when the session ends without a call of ``close()``.
  var onLost: ((DatabaseError) -> Void)? { get set }

  /// Runs when the session should end as soon as it is free, although it works: its password is replaced.
  var onExpired: (() -> Void)? { get set }

  /// Whether the engine sends each result as soon as it has it, and not together with the others of a batch. It costs
  /// speed. A driver that sends no batches ignores it.
  var separatesResults: Bool { get set }

  /// Executes one statement: on its own (autocommit), or inside the transaction that is open on the session.
  ///
  /// While the pool shares the connection (see ``DatabaseDriver/multiplexesReads``), it sends only autocommit reads,
  /// many at once. A driver may send several of them as one implicit transaction. When one of them aborts it, the
  /// driver runs the others again, each alone: a completion reports its own statement. While the connection is lent,
  /// each statement follows the completion of the one before, or comes in a group, or its borrower sends several that are
  /// no reads: those run in their order, and each fails alone.
  func execute(_ query: Query, completion: @escaping Completion)

  /// Executes statements of one transaction, each after the success of the one before. Only the first may begin it,
  /// and only the last may end it.
  ///
  /// A driver that can sends them together, for one round trip; the others execute one after the other. `completion`
  /// gets the results in order, up to the first failure. Only a lent connection executes groups.
  func execute(group: [Query], completion: @escaping GroupCompletion)

  /// Requests the engine to cancel the session's current statement. If that succeeds, the statement fails with
  /// `statementTimeout`: the pool knows whose cancellation it was.
  ///
  /// `whenDone` runs on the loop once the request can hit no later statement, or sending it has failed. It may run
  /// before or after the statement's own completion.
  func cancel(whenDone: @escaping () -> Void)

  /// Ends the session at once, without ``onLost``. A second call does nothing.
  func close()
}

extension DatabaseConnection {
  /// Unknown.
  package var hasProvenPassword: Bool? { nil }

  /// None.
  package var sessionNumber: Int64? { nil }

  /// A session without a password does not expire.
  package var onExpired: (() -> Void)? {
    get { nil }
    set {}
  }

  /// A driver without batches has nothing to separate.
  package var separatesResults: Bool {
    get { true }
    set {}
  }

  /// Executes one statement after the other.
  package func execute(group: [Query], completion: @escaping GroupCompletion) {
    executeInTurn(group[...], completion: completion)
  }

  /// Executes one statement after the other, up to the first failure.
  package func executeInTurn(
    _ rest: ArraySlice<Query>, after earlier: [Result<any ResultSet, DatabaseError>] = [],
    completion: @escaping GroupCompletion
  ) {
    guard let query = rest.first else { return completion(earlier) }
    execute(query) { [self] result in
      switch result {
      case .success: executeInTurn(rest.dropFirst(), after: earlier + [result], completion: completion)
      case .failure: completion(earlier + [result])
      }
    }
  }
}
