import CSQLite

/// One question that SQLite asks while it compiles a statement (https://sqlite.org/c3ref/c_alter_table.html).
///
/// Names are in lower case, because SQLite compares them so and does not always give them as the schema writes them.
enum AccessRequest: Equatable {
  /// `column` is empty where a table is read but none of its columns; `schema` may then be nil.
  case read(table: String, column: String, schema: String?)
  case insert(table: String, schema: String?)
  case update(table: String, column: String, schema: String?)
  case delete(table: String, schema: String?)
  case function(String)
  /// The select keyword, a recursive query, a transaction or a savepoint: harmless in themselves.
  case structural
  /// Everything else: pragmas, attaching, every change of the schema, and what later versions bring.
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

/// The answer to an ``AccessRequest``. There is no "ignore": what is denied must be seen to be denied.
enum AccessDecision: Equatable {
  case allow
  case deny(Denial)
}

/// What was denied.
struct Denial: Equatable, Sendable {
  enum Verb: String, Sendable {
    case select, insert, update, delete, other
  }

  let verb: Verb
  let table: String?
  let column: String?
}
