import CSQLite

/// What SQLite answered instead of doing what it was asked: its extended result code and its own words.
///
/// The inner layers throw this; ``FaultTranslation`` turns it into the error that every engine shares, once.
struct SQLiteFault: Error, Equatable {
  /// The extended result code (https://sqlite.org/rescode.html).
  let code: Int32
  /// SQLite's message; it may quote names of tables and columns, never bound values.
  let message: String

  init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  /// The last fault of a connection.
  init(of database: OpaquePointer?, code: Int32) {
    let extended = database.map { sqlite3_extended_errcode($0) } ?? code
    self.code = extended & 0xff == code & 0xff ? extended : code
    let words = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    message = words.map { String(cString: $0) } ?? "unknown error"
  }

  /// The primary result code: the low byte of the extended one.
  var primaryCode: Int32 { code & 0xff }

  /// Even a reader in WAL mode must write, to the file of the shared index beside the database.
  static let readOnlyFile = SQLiteFault(
    code: SQLITE_READONLY, message: "this process may not write the database file, or its folder is read-only"
  )

  /// What the driver refuses a restricted account before SQLite is asked.
  static func denied(_ reason: String) -> SQLiteFault {
    SQLiteFault(code: SQLITE_AUTH, message: "permission denied: " + reason)
  }

  /// Whether the words are the driver's own.
  var isOwnRefusal: Bool { message.hasPrefix("permission denied: ") }
}
