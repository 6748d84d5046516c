/// The moments of one statement: when it was requested, and when it was sent.
///
/// Without an observer the clock is never read.
struct StatementClock {
  let requested: UInt64
  var sent: UInt64 = 0

  init(requested: UInt64) { self.requested = requested }

  /// The time between the two moments; 0 for a statement that was requested before the first observer came.
  var queueNanoseconds: UInt64 { requested > 0 ? sent - min(sent, requested) : 0 }
}

extension Pool {
  /// A clock for a statement that is requested now.
  func clock() -> StatementClock { StatementClock(requested: observers.isEmpty ? 0 : now) }

  /// Marks the moment when the statement is sent.
  func sent(_ clock: StatementClock) -> StatementClock {
    guard !observers.isEmpty else { return clock }
    var clock = clock
    clock.sent = now
    return clock
  }

  /// Reports a statement that the engine has answered.
  func report(
    _ query: Query, _ clock: StatementClock, _ result: Result<any ResultSet, DatabaseError>,
    isBorrowed: Bool = false
  ) {
    guard !observers.isEmpty else { return }
    // A statement that was sent before the first observer came has no moments.
    let end = clock.sent > 0 ? now : 0
    let record = StatementRecord(
      operation: query.operation, statement: query.statement, parameterCount: query.bindings.count,
      queueNanoseconds: clock.queueNanoseconds,
      engineNanoseconds: end - min(end, clock.sent), rows: result.rows(of: query), error: result.failure,
      isBorrowed: isBorrowed)
    for observer in observers { observer.completed(record) }
  }

  /// Reports a request for a connection: one that got none, or a borrower that got one.
  func report(_ operation: Operation, _ clock: StatementClock, _ error: DatabaseError?) {
    guard !observers.isEmpty else { return }
    let end = now
    let record = StatementRecord(
      operation: operation, statement: nil, parameterCount: 0,
      queueNanoseconds: end - min(end, clock.requested),
      engineNanoseconds: 0, rows: 0, error: error)
    for observer in observers { observer.completed(record) }
  }
}

extension Result where Success == any ResultSet, Failure == DatabaseError {
  fileprivate func rows(of query: Query) -> Int {
    guard case .success(let result) = self else { return 0 }
    return query.isRead ? result.rowCount : result.affectedRows
  }
}

extension Result where Failure == DatabaseError {
  /// The error of a failure.
  var failure: DatabaseError? {
    if case .failure(let error) = self { error } else { nil }
  }
}
