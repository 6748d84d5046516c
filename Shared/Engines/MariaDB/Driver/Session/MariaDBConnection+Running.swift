import CMariaDB
import DataAccess

extension MariaDBConnection {
  /// Runs a statement: prepares it unless the server knows it, sends its values, and reads its rows.
  func run(_ job: Job) {
    guard job.query.sql == ConsistentRead.text else { return prepare(job.query, of: job) }
    let parts = ConsistentRead.parts.map { Query(sql: $0, operation: job.query.operation) }
    prepare(parts[0], of: job) { [self] in prepare(parts[1], of: job) }
  }

  private func prepare(_ query: Query, of job: Job, then next: (() -> Void)? = nil) {
    let parameters: BoundParameters
    do {
      parameters = try BoundParameters(query.bindings)
    } catch {
      return refuse(job, error)
    }
    if cache.isText(query.statement) || query.isSetting { return send(query, of: job, then: next) }
    if let known = cache.find(query.statement) {
      return execute(known, query, parameters, of: job, then: next)
    }
    guard let prepared = PreparedStatement(on: wire.handle) else {
      return finish(job, .failure(ServerFault(code: 2008, message: "libmariadb is out of memory")))
    }
    let text = StableText(query.sql)
    wire.perform(.prepare(prepared.pointer, text)) { [self] result in
      withExtendedLifetime(text) {}
      guard result == 0 else {
        let fault = prepared.fault
        if fault.code == ServerFault.tooManyStatements, !cache.isEmpty {
          return makeRoom(for: prepared) { [self] in prepare(query, of: job, then: next) }
        }
        guard fault.meansUnpreparable, query.bindings.isEmpty else {
          return drop(prepared, job, .failure(fault))
        }
        cache.noteText(query.statement)
        wire.perform(prepared.closing()) { [self] _ in
          withExtendedLifetime(prepared) {}
          send(query, of: job, then: next)
        }
        return
      }
      guard StatementCache.keeps(query.statement) else {
        return execute(prepared, query, parameters, of: job, isKept: false, then: next)
      }
      keep(prepared, for: query) { [self] in execute(prepared, query, parameters, of: job, then: next) }
    }
  }

  /// Gives up the prepared statements of this connection: the server counts those of all clients against one limit. The
  /// failed one was not prepared.
  private func makeRoom(for failed: PreparedStatement, then next: @escaping () -> Void) {
    close([failed] + cache.takeAll(), then: next)
  }

  private func close(_ statements: [PreparedStatement], then next: @escaping () -> Void) {
    guard let last = statements.last else { return next() }
    wire.perform(last.closing()) { [self] _ in
      withExtendedLifetime(last) {}
      close(Array(statements.dropLast()), then: next)
    }
  }

  /// Sends a statement as text: MySQL prepares no control of transactions. Such a statement has no values and no rows.
  private func send(_ query: Query, of job: Job, then next: (() -> Void)?) {
    guard !job.isCancelled else { return finish(job, .failure(.cancelled)) }
    let (pointer, text) = (wire.handle.pointer, StableText(query.sql))
    wire.perform(.query(pointer, text)) { [self] result in
      withExtendedLifetime(text) {}
      guard result == 0 else { return finish(job, .failure(ServerFault(of: pointer))) }
      guard mysql_field_count(pointer) == 0 else {
        // The rows would have to be read before the next statement.
        return finish(
          job, .failure(ServerFault(code: 2014, message: "the server sent rows where none were expected")))
      }
      if let next { return next() }
      finish(job, .success(MariaDBRows(affectedRows: 0, insertedID: nil)))
    }
  }

  private func keep(_ prepared: PreparedStatement, for query: Query, then next: @escaping () -> Void) {
    guard let evicted = cache.keep(prepared, for: query.statement) else { return next() }
    wire.perform(evicted.closing()) { _ in
      withExtendedLifetime(evicted) {}
      next()
    }
  }

  private func execute(
    _ prepared: PreparedStatement, _ query: Query, _ parameters: BoundParameters, of job: Job,
    isKept: Bool = true, then next: (() -> Void)?
  ) {
    let end = { [self] (outcome: Result<any ResultSet, ServerFault>) in
      if case .success = outcome, let next { return next() }
      if isKept { finish(job, outcome) } else { drop(prepared, job, outcome) }
    }
    guard !job.isCancelled else { return end(.failure(.cancelled)) }
    guard parameters.bind(to: prepared) else {
      let reason =
        "the statement has \(prepared.parameterCount) placeholders and \(query.bindings.count) values"
      return end(.failure(ServerFault(code: 1210, state: "HY000", message: reason)))
    }
    wire.perform(.execute(prepared.pointer)) { [self] result in
      withExtendedLifetime(parameters) {}
      guard result == 0 else {
        let fault = prepared.fault
        guard isKept, fault.meansStalePreparation, let stale = cache.forget(query.statement) else {
          return end(.failure(fault))
        }
        return drop(stale, job, .failure(fault))
      }
      receive(from: prepared, end)
    }
  }

  private func receive(
    from prepared: PreparedStatement, _ end: @escaping (Result<any ResultSet, ServerFault>) -> Void
  ) {
    guard prepared.columnCount > 0 else {
      return end(
        .success(MariaDBRows(affectedRows: prepared.affectedRows, insertedID: prepared.insertedID)))
    }
    wire.perform(.store(prepared.pointer)) { [self] result in
      guard result == 0 else { return end(.failure(prepared.fault)) }
      let rows = prepared.takeRows()
      wire.perform(.freeResult(prepared.pointer)) { _ in end(.success(rows)) }
    }
  }

  /// Frees a statement that is not used again, and then ends its job.
  private func drop(
    _ prepared: PreparedStatement, _ job: Job, _ outcome: Result<any ResultSet, ServerFault>
  ) {
    if case .failure(let fault) = outcome, fault.endsSession { return finish(job, outcome) }
    wire.perform(prepared.closing()) { [self] _ in
      withExtendedLifetime(prepared) {}
      finish(job, outcome)
    }
  }

  private func refuse(_ job: Job, _ error: DatabaseError) {
    finish(job, .failure(ServerFault(code: ServerFault.unbindable, message: error.detail ?? "")))
  }
}

extension Query {
  /// Whether it sets variables. MySQL 9.7 never answers the preparation of a `SET GLOBAL` to an account without the right.
  fileprivate var isSetting: Bool {
    bindings.isEmpty && sql.hasPrefix("SET ") && !sql.hasPrefix("SET STATEMENT ")
  }
}

extension ServerFault {
  /// libmariadb's number for a value of a type that it cannot send.
  static let unbindable: UInt32 = 2036

  /// The statement was cancelled between two of its messages.
  static var cancelled: ServerFault {
    ServerFault(code: interrupted, state: "70100", message: "the statement was cancelled")
  }

  /// Whether the server has forgotten the prepared statement, or cannot prepare it again in its place.
  var meansStalePreparation: Bool { code == 1243 || code == 1615 }

  /// Whether the server executes the statement as text alone.
  var meansUnpreparable: Bool { code == 1295 }
}
