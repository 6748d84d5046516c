import CSQLite

/// One call of SQLite's authorizer while SQLite compiles a statement (https://sqlite.org/c3ref/c_alter_table.html).
///
/// Names are in lower case: SQLite compares them without case and does not always pass them as the schema spells them.
enum AccessRequest: Equatable {
  /// `column` is empty when the statement reads a table but none of its columns; `schema` may then be nil.
  case read(table: String, column: String, schema: String?)
  case insert(table: String, schema: String?)
  case update(table: String, column: String, schema: String?)
  case delete(table: String, schema: String?)
  case function(String)
  /// A select, a recursive query, a transaction or a savepoint: harmless in itself.
  case structural
  /// Everything else: pragmas, ATTACH, schema changes, and codes that later versions add.
  case privileged(code: Int32, object: String?)

  init(code: Int32, first: String?, second: String?, schema: String?) {
    let table = first ?? ""
    switch code {
    case SQLITE_READ: self = .read(table: table, column: second ?? "", schema: schema)
    case SQLITE_INSERT: self = .insert(table: table, schema: schema)
    case SQLITE_UPDATE: self = .update(table: table, column: second ?? "", schema: schema)
    case SQLITE_DELETE: self = .delete(table: table, schema: schema)
    case SQLITE_FUNCTION: self = .function(second ?? "")
    case SQLITE_SELECT, SQLITE_RECURSIVE, SQLITE_TRANSACTION, SQLITE_SAVEPOINT: self = .structural
    default: self = .privileged(code: code, object: first)
    }
  }
}

/// The decision on an ``AccessRequest``. There is no "ignore": a denial must be visible to the caller.
enum AccessDecision: Equatable {
  case allow
  case deny(Denial)
}

/// The access that was denied.
struct Denial: Equatable, Sendable {
  enum Verb: String, Sendable {
    case select, insert, update, delete, other
  }

  let verb: Verb
  let table: String?
  let column: String?
}
