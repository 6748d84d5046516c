import CSQLite
import Clock
import DataAccess
import EventLoop

/// One open connection to the file, with its rights and compiled statements. One thread at a time may use it.
final class FileSession {
  /// The timeouts and the cancellation of one statement.
  struct Terms {
    let timeouts: StatementTimeouts
    var cancellation: Cancellation?
  }

  private let handle: DatabaseHandle
  private let interruption: Interruption
  private let access: AccessSetUp?
  private let options: SQLiteOptions
  private(set) var cache: StatementCache
  private var nextRightsCheck: Deadline
  /// The largest size of the file that the session has seen.
  private var largestFile = 0
  /// Whether the file was emptied or written over in place, or compacted: it is shorter than it was. A session keeps
  /// pages and the journal of the former content until every session of the file is closed.
  private(set) var hasShrunkFile = false

  init(handle: DatabaseHandle, interruption: Interruption, access: AccessSetUp?, options: SQLiteOptions) {
    self.handle = handle
    self.interruption = interruption
    self.access = access
    self.options = options
    cache = StatementCache(capacity: options.statementCacheCapacity)
    nextRightsCheck = Self.checkTime(options)
    largestFile = handle.fileSize ?? 0
  }

  var isAutocommit: Bool { handle.isAutocommit }

  /// The tables that the account reads through a view.
  var relations: [String: Relation] {
    guard let names = access?.authorizer.rules.names else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: names.baseTables.map { view, table in
        (table, Relation(name: view, insertedValues: .readBack, supportsUpsert: false))
      })
  }

  // MARK: - Statements

  /// Runs a statement to completion.
  @discardableResult
  func run(_ query: Query, on terms: Terms) throws(DatabaseError) -> SQLiteRows {
    try translating(query.operation) { () throws(SQLiteFault) in
      if isNeedlessRollback(query.sql) { return SQLiteRows() }
      interruption.begin(terms.timeouts, cancellation: terms.cancellation)
      let statement = try prepare(query)
      return try finish(query, statement)
    }
  }

  /// Fails when a committed write went into a file that is no longer in its place. SQLite itself checks that only without
  /// a WAL.
  func confirm(_ query: Query) throws(DatabaseError) {
    guard !query.isRead, isAutocommit, handle.hasMoved else { return }
    throw translation.error(.movedFile, during: query.operation)
  }

  /// After a full disk or an interrupted write, SQLite has already rolled the transaction back:
  /// https://sqlite.org/lang_transaction.html.
  private func isNeedlessRollback(_ sql: String) -> Bool { isAutocommit && sql == "ROLLBACK" }

  /// Runs a read on the loop, which must not wait. Returns nil when the read must run off the loop: it takes too long,
  /// meets a lock, or turns out to be a write.
  func runBriefly(_ query: Query, on terms: Terms) -> Result<SQLiteRows, DatabaseError>? {
    interruption.begin(terms.timeouts, cancellation: nil)
    do throws(SQLiteFault) {
      let statement = try prepare(query)
      guard statement.isReadOnly else {
        putBack(statement, for: query)
        return nil
      }
      return .success(try finish(query, statement))
    } catch {
      if [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_INTERRUPT].contains(error.primaryCode) { return nil }
      return .failure(translation.error(error, during: query.operation))
    }
  }

  private func finish(_ query: Query, _ statement: PreparedStatement) throws(SQLiteFault) -> SQLiteRows {
    defer { putBack(statement, for: query) }
    try statement.bind(query.bindings)
    let changesBefore = handle.totalChanges
    var hasRow = try statement.step()
    // The columns are read after the first step, because a changed schema makes that step compile the statement again.
    var rows = SQLiteRows(of: statement)
    while hasRow {
      guard rows.rowCount < options.maximumResultRows else {
        throw SQLiteFault(
          code: SQLITE_TOOBIG,
          message: "the result has more than \(options.maximumResultRows) rows; read it page by page")
      }
      rows.append(rowOf: statement)
      hasRow = try statement.step()
    }
    rows.affectedRows = affectedRows(statement, since: changesBefore)
    return rows
  }

  /// For a write through a view, SQLite counts only the changes made by triggers.
  private func affectedRows(_ statement: PreparedStatement, since before: Int64) -> Int {
    let all = handle.totalChanges - before
    return Int(statement.writesThroughView || all == 0 ? all : handle.changes)
  }

  private func prepare(_ query: Query) throws(SQLiteFault) -> PreparedStatement {
    access?.authorizer.beginStatement()
    if let cached = cache.take(query.statement) { return cached }
    if access != nil, let word = ForbiddenWords.first(in: query.sql) {
      throw .denied("\(word.uppercased()) joins columns without a check of rights; use ON, and bind values")
    }
    let statement = try PreparedStatement(beginning(query.sql), on: handle)
    if access != nil, statement.isExplain {
      throw .denied("EXPLAIN reveals names that the account may not read")
    }
    statement.writesThroughView = access?.authorizer.sawWriteThroughView ?? false
    return statement
  }

  private func putBack(_ statement: PreparedStatement, for query: Query) {
    statement.reset()
    if query.isReusable { cache.put(statement, for: query.statement) }
  }

  /// SQLite rejects `BEGIN IMMEDIATE` on a read-only session, so an account that may only read begins a read
  /// transaction.
  private func beginning(_ sql: String) -> String {
    guard let rights = access?.authorizer.rules.rights, rights.isReadOnly, sql == "BEGIN IMMEDIATE" else {
      return sql
    }
    return "BEGIN"
  }

  // MARK: - Rights

  /// Whether another file is in its place, or its rights or schema differ from those that this session enforces. A
  /// compiled statement keeps the rights of its compilation, so the holder replaces an outdated session.
  func isOutOfDate() -> Bool {
    guard let access, isAutocommit, nextRightsCheck.hasPassed else { return false }
    nextRightsCheck = Self.checkTime(options)
    if handle.hasMoved { return true }
    if let size = handle.fileSize {
      hasShrunkFile = size < largestFile
      if hasShrunkFile { return true }
      largestFile = size
    }
    interruption.begin(options.onLoop, cancellation: nil)
    do {
      let account = access.authorizer.account
      let now = try access.authorizer.withoutEnforcement { () throws(SQLiteFault) in
        Result { try AccessSetUp.readOrigin(of: account, on: handle) }
      }
      return try now.get() != access.origin
    } catch is SQLiteRights.RightsError {
      return true
    } catch {
      // A lock prevented the check; the next check follows soon.
      return false
    }
  }

  private static func checkTime(_ options: SQLiteOptions) -> Deadline {
    Deadline(millisecondsFromNow: options.rightsCheckMilliseconds)
  }

  // MARK: - Errors

  private var translation: FaultTranslation { FaultTranslation(access?.authorizer, path: handle.path) }

  private func translating<T>(
    _ operation: Operation, _ body: () throws(SQLiteFault) -> T
  ) throws(DatabaseError) -> T {
    do {
      return try body()
    } catch {
      throw translation.error(error, during: operation)
    }
  }
}
