import CMariaDB
import DataAccess

/// A statement that the server has prepared for one connection. Confined to the connection's loop.
final class PreparedStatement {
  let pointer: UnsafeMutablePointer<MYSQL_STMT>
  private(set) var columns = Columns([])
  var lastUse: UInt64 = 0

  /// Nil when memory is exhausted.
  init?(on handle: ConnectionHandle) {
    guard let pointer = mysql_stmt_init(handle.pointer) else { return nil }
    self.pointer = pointer
  }

  private var isFreed = false

  /// The call that frees the statement here and in the server; nothing else may follow.
  func closing() -> Call {
    isFreed = true
    return .close(pointer)
  }

  /// Once its connection is closed, the statement is freed without a message.
  deinit {
    if !isFreed { mysql_stmt_close(pointer) }
  }

  var fault: ServerFault { ServerFault(of: pointer) }
  var parameterCount: Int { Int(mysql_stmt_param_count(pointer)) }
  var columnCount: Int { Int(mysql_stmt_field_count(pointer)) }
  var affectedRows: Int { Int(clamping: mysql_stmt_affected_rows(pointer)) }

  /// The identity that the last insert assigned.
  var insertedID: Int64? {
    let id = mysql_stmt_insert_id(pointer)
    return id == 0 ? nil : Int64(exactly: id)
  }

  /// The rows that libmariadb holds now. The columns are the same object as before while the table is the same.
  func takeRows() -> MariaDBRows {
    let fields = Columns(of: pointer)
    if fields != columns { columns = fields }
    return MariaDBRows(pointer.pointee.result.data, columns: columns)
  }
}

/// The prepared statements of one connection, up to a limit. Confined to its loop.
struct StatementCache {
  /// The most prepared statements of one connection.
  static let capacity = 256
  /// The most bytes of SQL of a prepared statement that is kept.
  static let longestCachedBytes = 4096

  private var entries: [RenderedStatement: PreparedStatement] = [:]
  var isEmpty: Bool { entries.isEmpty }
  private var useCount: UInt64 = 0

  /// Transaction control comes again with each transaction, in new objects.
  static func keeps(_ statement: RenderedStatement) -> Bool {
    guard statement.sql.utf8.count <= longestCachedBytes else { return false }
    return statement.isReusable || controls.contains(statement.operation.label ?? "")
  }

  private static let controls: Set = [
    "begin", "commit", "rollback", "savepoint", "release savepoint", "rollback to savepoint",
  ]

  /// The statements that the server does not prepare: the same few for each transaction.
  private var texts: Set<RenderedStatement> = []

  func isText(_ statement: RenderedStatement) -> Bool { !texts.isEmpty && texts.contains(statement) }

  mutating func noteText(_ statement: RenderedStatement) {
    if Self.keeps(statement), texts.count < Self.capacity { texts.insert(statement) }
  }

  mutating func find(_ statement: RenderedStatement) -> PreparedStatement? {
    guard let found = entries[statement] else { return nil }
    useCount += 1
    found.lastUse = useCount
    return found
  }

  /// Keeps a statement, and returns the one that has to leave for it.
  mutating func keep(_ prepared: PreparedStatement, for statement: RenderedStatement) -> PreparedStatement? {
    useCount += 1
    prepared.lastUse = useCount
    var evicted: PreparedStatement?
    if entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      evicted = entries.removeValue(forKey: oldest.key)
    }
    entries[statement] = prepared
    return evicted
  }

  mutating func forget(_ statement: RenderedStatement) -> PreparedStatement? {
    entries.removeValue(forKey: statement)
  }

  mutating func takeAll() -> [PreparedStatement] {
    defer { entries = [:] }
    return Array(entries.values)
  }
}
