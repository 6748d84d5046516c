import AccessManifest
import DataAccess
import PostgresDriver
import Schema

/// Writes names, values and policies as PostgreSQL's SQL.
enum PostgresSQL {
  /// The schema of the fleet's tables.
  static let schema = "public"

  /// Each row: the number as a literal, the owner.
  static let preparedTransactions = """
    SELECT quote_literal(gid), owner::text FROM pg_catalog.pg_prepared_xacts WHERE database = current_database()
    ORDER BY prepared
    """

  /// Returns the name as a quoted identifier on one line; any text is safe.
  static func identifier(_ name: String) -> String {
    Dialect.postgreSQL.quoted(name)
  }

  /// Returns the text as a quoted literal on one line.
  static func literal(_ text: String) -> String {
    Dialect.postgreSQL.literal(text)
  }

  /// Returns the condition of a row scope as `pg_get_expr` prints it, so that the declared and the actual one can be
  /// compared as texts.
  ///
  /// PostgreSQL compares a varchar as text. The manifest admits only varchar and text columns, and only values that
  /// need no quoting.
  static func condition(_ scope: RowScope, columnType: ColumnType?) -> String {
    let value = "\(literal(scope.value))::text"
    return switch columnType {
    case .text: "(\(scope.column) = \(value))"
    default: "((\(scope.column))::text = \(value))"
    }
  }
}
