import CSQLite

/// An open database file: the owner of a `sqlite3 *`, closed when the last reference goes.
///
/// It is opened without SQLite's own mutexes; whoever holds it sees to it that one thread uses it at a time.
final class DatabaseHandle {
  let pointer: OpaquePointer
  /// What SQLite calls back; it must live until the file is closed.
  private var callees: [AnyObject] = []

  /// Opens the file; a missing one is only created when `isCreating`.
  init(path: String, isCreating: Bool, limits: SQLiteLimits) throws(SQLiteFault) {
    var flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE
    if isCreating { flags |= SQLITE_OPEN_CREATE }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let fault = SQLiteFault(of: opened, code: code)
      sqlite3_close_v2(opened)
      throw fault
    }
    pointer = opened
    limits.apply(to: opened)
    harden()
  }

  deinit {
    sqlite3_close_v2(pointer)
  }

  /// Keeps an object that SQLite calls back.
  func keep(_ callee: AnyObject) { callees.append(callee) }

  /// Whether the file could only be opened for reading, which SQLite does without a word.
  var isReadOnly: Bool { sqlite3_db_readonly(pointer, "main") == 1 }

  /// Whether no transaction is open.
  var isAutocommit: Bool { sqlite3_get_autocommit(pointer) != 0 }

  /// Rows changed since the connection was opened, by triggers too.
  var totalChanges: Int64 { sqlite3_total_changes64(pointer) }

  /// Rows that the last statement changed itself.
  var changes: Int64 { sqlite3_changes64(pointer) }

  /// Runs statements of our own that answer nothing; never text from outside.
  func execute(_ sql: String) throws(SQLiteFault) {
    let code = sqlite3_exec(pointer, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFault(of: pointer, code: code) }
  }

  /// Runs a statement of our own and returns its rows as text, nil for NULL.
  func texts(_ sql: String, _ bindings: [String] = []) throws(SQLiteFault) -> [[String?]] {
    let statement = try PreparedStatement(sql, on: self)
    for (index, text) in bindings.enumerated() { try statement.bind(text: text, at: Int32(index + 1)) }
    var rows: [[String?]] = []
    while try statement.step() {
      rows.append((0..<statement.columnCount).map { statement.text(at: $0) })
    }
    return rows
  }

  /// Switches off what a service never needs and an attacker might: https://sqlite.org/security.html, section 1.
  private func harden() {
    let switchedOn = [SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_FKEY, SQLITE_DBCONFIG_ENABLE_TRIGGER]
    let switchedOff = [
      SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_WRITABLE_SCHEMA, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
      SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, SQLITE_DBCONFIG_DQS_DML, SQLITE_DBCONFIG_DQS_DDL,
    ]
    for option in switchedOn { _ = bulkhead_sqlite_configure(pointer, option, 1) }
    for option in switchedOff { _ = bulkhead_sqlite_configure(pointer, option, 0) }
  }
}
