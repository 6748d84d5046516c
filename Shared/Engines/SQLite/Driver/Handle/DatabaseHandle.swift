import CSQLite
import Glibc

/// An open database file. It owns a `sqlite3 *` and closes it in `deinit`.
///
/// It is opened without SQLite's own mutexes, so the holder must use it from one thread at a time.
final class DatabaseHandle {
  let pointer: OpaquePointer
  let path: String
  /// The file that was opened; nil where another one took its place during the opening.
  private let file: FileIdentity?
  /// The objects that SQLite calls back; they must live until the file is closed.
  private var callees: [AnyObject] = []
  private var journal: FileIdentity?

  /// Opens the file; creates a missing one only with `isCreating`.
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
    self.path = path
    let found = FileIdentity(path: sqlite3_db_filename(opened, "main"))
    file = Self.hasBeenReplaced(opened) ? nil : found
    limits.apply(to: opened)
    harden()
  }

  deinit {
    sqlite3_close_v2(pointer)
  }

  /// Keeps an object alive that SQLite calls back.
  func keep(_ callee: AnyObject) { callees.append(callee) }

  /// Whether SQLite opened the file read-only, which it does without an error.
  var isReadOnly: Bool { sqlite3_db_readonly(pointer, "main") == 1 }

  /// Whether the path of the file or of its journal leads to another file now, or to none.
  ///
  /// SQLite reports only whether the file is in the place to which the path led at the opening. A symbolic link in the path,
  /// or a mount over it, can lead elsewhere since. SQLite never removes the journal of an open connection itself, and a
  /// write into a removed one is lost with the process.
  var hasMoved: Bool {
    guard let file, FileIdentity(path: path) == file, !Self.hasBeenReplaced(pointer) else { return true }
    guard let journal else {
      noteJournal()
      return false
    }
    return journalIdentity() != journal
  }

  /// The size in bytes of the file at the path; nil where there is none.
  var fileSize: Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  private static func hasBeenReplaced(_ database: OpaquePointer) -> Bool {
    var moved: Int32 = 0
    let code = sqlite3_file_control(database, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
    return code == SQLITE_OK && moved != 0
  }

  /// Remembers which file is the journal. A statement must have opened it.
  func noteJournal() { journal = journalIdentity() }

  private func journalIdentity() -> FileIdentity? {
    sqlite3_db_filename(pointer, "main").flatMap { FileIdentity(path: sqlite3_filename_wal($0)) }
  }

  /// Whether no transaction is open.
  var isAutocommit: Bool { sqlite3_get_autocommit(pointer) != 0 }

  /// The rows changed since the connection opened, including changes by triggers.
  var totalChanges: Int64 { sqlite3_total_changes64(pointer) }

  /// The rows that the last statement changed itself.
  var changes: Int64 { sqlite3_changes64(pointer) }

  /// Runs the driver's own statements that return nothing; never text from a caller.
  func execute(_ sql: String) throws(SQLiteFault) {
    let code = sqlite3_exec(pointer, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFault(of: pointer, code: code) }
  }

  /// Writes the journal into the file and empties it. Waits for readers and the writer as the busy handler permits.
  func checkpoint() throws(SQLiteFault) {
    let code = sqlite3_wal_checkpoint_v2(pointer, "main", SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFault(of: pointer, code: code) }
  }

  /// Runs one of the driver's own statements and returns its rows as text, nil for NULL.
  func texts(_ sql: String, _ bindings: [String] = []) throws(SQLiteFault) -> [[String?]] {
    let statement = try PreparedStatement(sql, on: self)
    for (index, text) in bindings.enumerated() { try statement.bind(text: text, at: Int32(index + 1)) }
    var rows: [[String?]] = []
    while try statement.step() {
      rows.append((0..<statement.columnCount).map { statement.text(at: $0) })
    }
    return rows
  }

  /// Switches off features that a service never needs and an attacker might use: https://sqlite.org/security.html,
  /// section 1.
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

/// Which file a path leads to.
private struct FileIdentity: Equatable {
  let device: UInt
  let number: UInt

  /// The file at the path; nil where there is none.
  init?(path: UnsafePointer<CChar>?) {
    var status = stat()
    guard let path, stat(path, &status) == 0 else { return nil }
    (device, number) = (UInt(status.st_dev), UInt(status.st_ino))
  }
}
