import DataAccess

/// One statement in a pipeline, with the receiver of its result.
final class Submission {
  /// How a statement shares the pipeline with others.
  enum Batching {
    /// For reads: it may share a batch with others, which is one implicit transaction.
    case batched
    /// For writes: it has its own synchronisation point, because its success must not depend on another statement.
    case alone
    /// It follows another statement of the same transaction before their common synchronisation point. The server
    /// skips it after a failure, and it never runs again on its own.
    case following
    /// It runs alone for the second time, after its batch was aborted or its prepared statement was stale.
    case repeated
  }

  /// Whether the server keeps the prepared statement for the next time.
  enum Preparation {
    case cached
    case oneOff
  }

  /// How the statement was sent.
  enum Execution {
    case unprepared
    /// As a prepared statement with a name; the form is nil until the types of its rows are known.
    case prepared(name: String, form: ResultForm?)
  }

  let query: Query
  private(set) var preparation: Preparation
  /// The receiver of the rows; called exactly once.
  let completion: (Result<ResultHandle, PipelineFault>) -> Void
  private(set) var batching: Batching
  /// The statements of the same transaction that are sent with this one, before their common synchronisation point.
  let followers: [Submission]
  /// How the statement was last sent.
  var execution = Execution.unprepared

  init(
    _ query: Query, preparation: Preparation, batching: Batching,
    followers: [Submission] = [], completion: @escaping (Result<ResultHandle, PipelineFault>) -> Void
  ) {
    self.followers = followers
    self.query = query
    self.preparation = preparation
    self.batching = batching
    self.completion = completion
  }

  /// Makes the statement independent of others: outside a batch and without a prepared statement that may fail or be
  /// stale. Returns false when it has already been repeated.
  func prepareToRepeat() -> Bool {
    switch batching {
    case .repeated, .following: return false
    case .batched, .alone:
      // What follows it would run without it.
      guard followers.isEmpty else { return false }
      batching = .repeated
      preparation = .oneOff
      execution = .unprepared
      return true
    }
  }

  /// Whether it may begin a transaction, or must not run inside one.
  var mayStandOutsideTransactions: Bool {
    if case .following = batching { return false }
    return query.operation.verb == .other && !query.isRead
  }

  var beginsTransaction: Bool {
    guard query.operation.verb == .other else { return false }
    let transactions = Dialect.postgreSQL.transactions
    return query.sql == transactions.beginReadWrite || query.sql == transactions.beginConsistentRead
  }

  /// Reports the failure to the receiver.
  func fail(_ fault: PipelineFault) { completion(.failure(fault)) }

  /// Reports success to the receiver, with the result.
  func succeed(with result: ResultHandle) { completion(.success(result)) }
}

/// Why a statement failed.
enum PipelineFault: Error {
  /// The server rejected it.
  case server(ServerFault)
  /// The connection ended before the result arrived, so the statement may have taken effect.
  case lost(String)
  /// The connection ended before the statement was sent, or the server skipped it.
  case unsent(String)
  /// The connection was given up without outstanding statements, because its server takes no writes.
  case retired(String)
  /// The statement was not sent, because libpq rejected it.
  case unsendable(String)
  /// The statement was not sent, because PostgreSQL cannot represent a value. `parameter` counts from 1.
  case unbindable(parameter: Int, reason: String)

  /// The fault of a statement that still waited when the connection ended with this one.
  var ofWaiting: PipelineFault { if case .lost(let reason) = self { .unsent(reason) } else { self } }
}
