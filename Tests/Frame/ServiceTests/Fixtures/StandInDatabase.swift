import DataAccess
import EventLoop
import SQLiteDriver
import Schema
import Synchronization
import Transport

/// A database that answers the frame's queries for the account and the schema's version. It can be made unavailable
/// and available again.
final class StandInDatabase: DatabaseDriver {
  struct State {
    var isReachable = true
    var version: Int? = Schema.currentVersion
    /// The oldest compatible program; nil for an older tool's record, which has no such column.
    var oldestProgram: Int? = Schema.currentVersion
    /// The code of the error for that missing column.
    var codeOfMissingColumn = Dialect.sqlite.undefinedColumnCode
    var account = AccountInspection(
      account: "stand-in", isSuperuser: false, bypassesRowSecurity: false, ownedTables: [])
    /// The open connections, by the number of the attempt that opened them.
    var connections: [Int: LoopBound<StandInConnection>] = [:]
    var attempts = 0
    /// The most connections that the server accepts.
    var limit = Int.max
    /// Whether another session holds the record of migrations: its reads end only when they are cancelled.
    var recordIsLocked = false
  }

  let state = Mutex(State())
  let dialect = Dialect.sqlite
  let multiplexesReads = false

  func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  /// Acts like a killed server: open connections end, new ones are refused.
  func lose() {
    let open = state.withLock { state in
      state.isReachable = false
      defer { state.connections = [:] }
      return Array(state.connections.values)
    }
    for connection in open { connection.loop.execute { connection.value.lose() } }
  }

  /// Ends the newest connections, and accepts no others in their place.
  func keepOnly(_ count: Int) {
    let lost = state.withLock { state in
      state.limit = count
      let newest = state.connections.keys.sorted().dropFirst(count)
      return newest.compactMap { state.connections.removeValue(forKey: $0) }
    }
    for connection in lost { connection.loop.execute { connection.value.lose() } }
  }

  func comeBack() { set { $0.isReachable = true } }

  func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let (number, refusal): (Int, DatabaseError.Kind?) = state.withLock { state in
      state.attempts += 1
      if !state.isReachable { return (state.attempts, .connectionRefused) }
      return (state.attempts, state.connections.count < state.limit ? nil : .tooManyConnections)
    }
    if let refusal { throw DatabaseError(refusal) }
    let connection = StandInConnection(number, of: self, on: loop)
    state.withLock { $0.connections[number] = LoopBound(connection, to: loop) }
    return LoopBound(connection, to: loop)
  }

  func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection {
    state.withLock { $0.account }
  }
}

/// The engine of the stand-in's driver.
struct StandInEngine: DatabaseEngine {
  let database: StandInDatabase
  let name = "sqlite"
  let urlSchemes = ["sqlite"]
  let location = EngineLocation.file(suffix: ".db")
  let dialect = Dialect.sqlite

  func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver { database }
}

final class StandInConnection: DatabaseConnection {
  private let number: Int
  private let database: StandInDatabase
  private let loop: EventLoop
  let dialect = Dialect.sqlite
  private(set) var isOpen = true
  var onLost: ((DatabaseError) -> Void)?
  private var waiting: [Completion] = []

  init(_ number: Int, of database: StandInDatabase, on loop: EventLoop) {
    self.number = number
    self.database = database
    self.loop = loop
  }

  func lose() {
    guard isOpen else { return }
    isOpen = false
    onLost?(DatabaseError(.connectionLost))
    endWaiting(.connectionLost)
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    if database.state.withLock({ $0.recordIsLocked && Self.concernsRecord(query) }) {
      return waiting.append(completion)
    }
    let answer = database.state.withLock { Self.answer(to: query, $0) }
    _ = loop.schedule(afterMilliseconds: 0) { [self] in
      completion(isOpen ? answer.map { $0 } : .failure(DatabaseError(.connectionLost)))
    }
  }

  private static func concernsRecord(_ query: Query) -> Bool {
    query.operation.table == SchemaMigrations.definition.name
  }

  private static func answer(
    to query: Query, _ state: StandInDatabase.State
  ) -> Result<any ResultSet, DatabaseError> {
    guard concernsRecord(query) else {
      return .success(StandInRows(rows: [[1]]))
    }
    let newest = state.version.map { [Int64($0)] }
    guard query.sql.contains(SchemaMigrations.shape.oldestProgram.name) else {
      return .success(StandInRows(rows: [newest].compactMap { $0 }))
    }
    guard let oldest = state.oldestProgram else {
      return .failure(DatabaseError(.invalidStatement, nativeCode: state.codeOfMissingColumn))
    }
    return .success(StandInRows(rows: [newest].compactMap { $0.map { $0 + [Int64(oldest)] } }))
  }

  func cancel(whenDone: @escaping () -> Void) {
    endWaiting(.statementTimeout)
    whenDone()
  }

  private func endWaiting(_ kind: DatabaseError.Kind) {
    let ended = waiting
    waiting = []
    for completion in ended { completion(.failure(DatabaseError(kind))) }
  }

  func close() {
    isOpen = false
    endWaiting(.connectionLost)
    database.state.withLock { _ = $0.connections.removeValue(forKey: number) }
  }
}

/// Rows of numbers.
struct StandInRows: ResultSet {
  let rows: [[Int64]]
  var rowCount: Int { rows.count }
  let affectedRows = 0
  var columnNames: [String] { (rows.first ?? []).indices.map { "number \($0)" } }

  func isNull(_ row: Int, _ column: Int) -> Bool { false }
  func integer(_ row: Int, _ column: Int) -> Int64 { rows[row][column] }
  func boolean(_ row: Int, _ column: Int) throws(DatabaseError) -> Bool { throw unread }
  func double(_ row: Int, _ column: Int) throws(DatabaseError) -> Double { throw unread }
  func text(_ row: Int, _ column: Int) throws(DatabaseError) -> String { throw unread }
  func bytes(_ row: Int, _ column: Int) throws(DatabaseError) -> [UInt8] { throw unread }
  func timestamp(_ row: Int, _ column: Int) throws(DatabaseError) -> Timestamp { throw unread }
  func date(_ row: Int, _ column: Int) throws(DatabaseError) -> CalendarDate { throw unread }
  func value(_ row: Int, _ column: Int) -> DatabaseValue { .integer(rows[row][column]) }

  private var unread: DatabaseError { DatabaseError(decoding: "numbers, and nothing else") }
}
