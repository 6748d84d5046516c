import EventLoop

/// Statements of one transaction that are sent together: the last one, and those that were gathered before it.
struct StatementGroup {
  /// A statement that was sent without waiting for it, with the place of its result.
  struct Gathered: Sendable {
    let statement: any Statement
    let place: LoopBound<GatheredResult.Place>?
  }

  /// What became of a group.
  enum Outcome {
    /// Nothing was sent.
    case unsent(DatabaseError)
    /// The results in order, up to the first failure.
    case sent([Query], [Result<any ResultSet, DatabaseError>])

    /// The last statement's result, or the first failure, whose error names its own statement. The engine may have
    /// executed the whole group when the connection is lost, so that error names the last statement.
    /// ``GatheredStatements`` adds whether it may have written.
    var result: Result<any ResultSet, DatabaseError> {
      switch self {
      case .unsent(let error): return .failure(error)
      case .sent(let queries, let results):
        guard let result = results.last else { return .failure(DatabaseError(.connectionLost)) }
        if let error = result.failure, error.kind == .connectionLost, let last = queries.last {
          return .failure(error.copy(operation: last.operation.description))
        }
        return result.during(queries[results.count - 1])
      }
    }

    /// Whether the first statement succeeded.
    var hasBegun: Bool {
      switch self {
      case .unsent: false
      case .sent(_, let results): results.first.map { $0.failure == nil } ?? false
      }
    }
  }

  let gathered: [Gathered]
  let last: any Statement

  func queries(for member: Pool.Member) throws(DatabaseError) -> [Query] {
    var queries: [Query] = []
    queries.reserveCapacity(gathered.count + 1)
    for entry in gathered { queries.append(try member.query(of: entry.statement)) }
    queries.append(try member.query(of: last))
    return queries
  }
}

/// The statements of one transaction that wait for the next one. Confined to its loop.
///
/// The statement that begins the transaction is the first of them, so a transaction needs no round trip of its own for
/// its begin, and none for an event whose result it does not need.
final class GatheredStatements {
  /// Whether the transaction exists in the engine.
  enum Beginning {
    /// Its begin has not been sent, or the outcome is open.
    case pending
    case succeeded
    case failed(DatabaseError)
  }

  private(set) var beginning = Beginning.pending
  private var waiting: [StatementGroup.Gathered]
  private var holdsBegin = true
  /// Whether a statement that may commit was sent. Until then, the end of the session undoes the transaction.
  private var mayHaveCommitted = false

  init(begin: Query) {
    waiting = [StatementGroup.Gathered(statement: begin, place: nil)]
  }

  /// Whether a statement besides the begin waits.
  var isEmpty: Bool { waiting.count == (holdsBegin ? 1 : 0) }

  /// Whether the transaction has no statement at all.
  var isUnused: Bool { holdsBegin && isEmpty }

  func append(_ statement: any Statement, _ place: LoopBound<GatheredResult.Place>) {
    waiting.append(StatementGroup.Gathered(statement: statement, place: place))
  }

  /// Removes the statement that was gathered last; nil when there is none.
  func takeLast() -> StatementGroup.Gathered? { isEmpty ? nil : waiting.removeLast() }

  /// Forgets what was not sent.
  func drop() { waiting = [] }

  /// Executes the statements that wait, and `last` after them. After the loss of a connection that may have received the
  /// end of the transaction, nothing says whether it took place.
  func execute(
    before last: any Statement, isEnd: Bool = false, on lease: Lease, _ ticket: StatementTicket?,
    unless refusal: @escaping () -> DatabaseError?,
    completion: @escaping (Result<any ResultSet, DatabaseError>) -> Void
  ) {
    let group = StatementGroup(gathered: waiting, last: last)
    let begins = holdsBegin
    waiting = []
    holdsBegin = false
    lease.execute(group, ticket, unless: refusal) { [self] outcome in
      if begins { noteBeginning(outcome, isEnd: isEnd) }
      if case .sent(let queries, let results) = outcome {
        if queries.contains(where: \.mayCommit) { mayHaveCommitted = true }
        for (entry, result) in zip(group.gathered, results) { entry.place?.value.result = judged(result) }
      }
      completion(judged(outcome.result))
    }
  }

  private func judged(_ result: Result<any ResultSet, DatabaseError>) -> Result<any ResultSet, DatabaseError>
  {
    mayHaveCommitted ? result : result.mapError { $0.copy(isWithoutEffect: true) }
  }

  private func noteBeginning(_ outcome: StatementGroup.Outcome, isEnd: Bool) {
    if outcome.hasBegun {
      beginning = .succeeded
    } else if case .sent = outcome, !isEnd, let error = outcome.result.failure {
      beginning = .failed(error)
    }
  }
}

/// The result of a statement that was sent together with the next one.
package struct GatheredResult: Sendable {
  /// Where the result arrives. Confined to its loop.
  final class Place {
    var result: Result<any ResultSet, DatabaseError>?
  }

  let place: LoopBound<Place>
  let operation: Operation

  /// The rows; an error unless a later statement of the transaction, or its commit, has ended.
  package func rows() async throws(DatabaseError) -> any ResultSet {
    let (place, operation) = (place, operation)
    return try await place.loop.answer { completion in
      completion(
        place.value.result ?? .failure(.invalid("the statement still waits for the next one", operation)))
    }
  }
}
