import CSQLite

/// An error of SQLite: its extended result code and its message.
///
/// The inner layers throw this type; ``FaultTranslation`` translates it once into the error that all engines share.
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

  /// In WAL mode even a reader must write, to the shared-memory file beside the database.
  static let readOnlyFile = SQLiteFault(
    code: SQLITE_READONLY, message: "this process may not write the database file, or its folder is read-only"
  )

  /// What was committed is in a file that no other program finds.
  static let movedFile = SQLiteFault(
    code: SQLITE_READONLY | 4 << 8, message: "the database file or its journal was moved, deleted or replaced"
  )

  /// A denial by the driver itself, before SQLite runs the statement of a restricted account.
  static func denied(_ reason: String) -> SQLiteFault {
    SQLiteFault(code: SQLITE_AUTH, message: "permission denied: " + reason)
  }

  /// Whether the message is the driver's own.
  var isOwnRefusal: Bool { message.hasPrefix("permission denied: ") }
}
