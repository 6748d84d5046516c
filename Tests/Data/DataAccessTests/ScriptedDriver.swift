import EventLoop
import Logging
import PostgresDriver
import Synchronization

@testable import DataAccess

/// A driver whose connections answer from a test's script, and record the statements.
final class ScriptedDriver: DatabaseDriver {
  /// The outcome of one statement.
  enum Answer: Sendable {
    case rows(Int)
    case failure(DatabaseError.Kind)
    /// The session ends during the statement.
    case loss
    /// No answer until the connection is closed, the statement cancelled or the silence ended.
    case silence
  }

  /// What a request to cancel does to the silent statements of its connection.
  enum Cancellation: Sendable {
    case endsStatements
    case endsSession
    /// Nothing, and the request itself never ends.
    case hangs
  }

  struct Script: Sendable {
    /// By the text of the statement; other statements succeed without rows.
    var answers: [String: [Answer]] = [:]
    var sent: [String] = []
    /// The statements of each group that was sent, with those that an earlier failure left out.
    var groups: [[String]] = []
    var statements: [RenderedStatement] = []
    var connections = 0
    var refusedConnections = 0
    var cancellations = 0
    var silent: [LoopBound<ScriptedConnection>] = []
  }

  let script = Mutex(Script())
  let multiplexesReads: Bool
  let cancellation: Cancellation
  let dialect = Dialect.scripted

  init(
    multiplexesReads: Bool = true, _ answers: [String: [Answer]] = [:], refusedConnections: Int = 0,
    cancellation: Cancellation = .endsStatements
  ) {
    self.multiplexesReads = multiplexesReads
    self.cancellation = cancellation
    script.withLock {
      $0.answers = answers
      $0.refusedConnections = refusedConnections
    }
  }

  /// The sent statements, in order, over all connections.
  var sent: [String] { script.withLock { $0.sent } }
  var groups: [[String]] { script.withLock { $0.groups } }
  /// The objects that carried the texts of ``sent``.
  var statements: [RenderedStatement] { script.withLock { $0.statements } }
  var connections: Int { script.withLock { $0.connections } }
  var cancellations: Int { script.withLock { $0.cancellations } }

  func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let isRefused = script.withLock { script in
      script.connections += 1
      script.refusedConnections -= 1
      return script.refusedConnections >= 0
    }
    if isRefused { throw DatabaseError(.connectionRefused) }
    return LoopBound<any DatabaseConnection>(ScriptedConnection(self, loop), to: loop)
  }

  func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection {
    AccountInspection(account: "test", isSuperuser: false, bypassesRowSecurity: false, ownedTables: [])
  }

  /// Ends the silence of every connection: its statements succeed with one row each.
  func answerSilent() {
    for connection in script.withLock({ $0.silent }) {
      connection.loop.execute { connection.value.answerSilent() }
    }
  }

  func next(for query: Query) -> Answer {
    let sql = query.sql
    return script.withLock { script in
      script.sent.append(sql)
      script.statements.append(query.statement)
      guard var answers = script.answers[sql], !answers.isEmpty else { return .rows(0) }
      let answer = answers.removeFirst()
      script.answers[sql] = answers
      return answer
    }
  }
}

final class ScriptedConnection: DatabaseConnection {
  let dialect = Dialect.scripted
  var isOpen = true
  var onLost: ((DatabaseError) -> Void)?
  private let driver: ScriptedDriver
  private let loop: EventLoop
  private var silent: [Completion] = []

  init(_ driver: ScriptedDriver, _ loop: EventLoop) {
    self.driver = driver
    self.loop = loop
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    switch driver.next(for: query) {
    case .rows(let count): later { completion(.success(ScriptedRows(rowCount: count))) }
    case .failure(let kind): later { completion(.failure(DatabaseError(kind))) }
    case .silence:
      silent.append(completion)
      driver.script.withLock { $0.silent.append(LoopBound(self, to: loop)) }
    case .loss:
      later { [self] in
        isOpen = false
        completion(.failure(DatabaseError(.connectionLost)))
        onLost?(DatabaseError(.connectionLost))
      }
    }
  }

  func execute(group: [Query], completion: @escaping GroupCompletion) {
    driver.script.withLock { $0.groups.append(group.map(\.sql)) }
    executeInTurn(group[...], completion: completion)
  }

  func cancel(whenDone: @escaping () -> Void) {
    driver.script.withLock { $0.cancellations += 1 }
    switch driver.cancellation {
    case .endsStatements: fail(.statementTimeout)
    case .endsSession:
      close()
      onLost?(DatabaseError(.connectionLost))
    case .hangs: return
    }
    later(whenDone)
  }

  func close() {
    isOpen = false
    fail(.connectionLost)
  }

  func answerSilent() {
    let completions = silent
    silent = []
    for completion in completions { completion(.success(ScriptedRows(rowCount: 1))) }
  }

  private func fail(_ kind: DatabaseError.Kind) {
    let completions = silent
    silent = []
    for completion in completions { completion(.failure(DatabaseError(kind))) }
  }

  private func later(_ body: @escaping () -> Void) {
    loop.schedule(afterMilliseconds: 0, body)
  }
}

extension Dialect {
  /// PostgreSQL's, with the shortest words that begin a transaction.
  fileprivate static let scripted: Dialect = {
    var dialect = Dialect.postgreSQL
    dialect.transactions.beginReadWrite = "BEGIN"
    return dialect
  }()
}
