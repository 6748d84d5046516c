import AccessManifest
import DataAccess
import PostgresDriver
import Schema

/// How names, values and policies are written for PostgreSQL.
enum PostgresSQL {
  /// The schema that the fleet's tables are in.
  static let schema = "public"

  /// A quoted identifier.
  static func identifier(_ name: String) -> String { Dialect.postgreSQL.quoted(name) }

  /// A quoted text.
  static func literal(_ text: String) -> String { Dialect.postgreSQL.literal(text) }

  /// The condition of a row scope in the form in which `pg_get_expr` gives it back, so that what was declared and
  /// what is there can be compared as texts.
  ///
  /// PostgreSQL compares a varchar as text; the manifest admits no other columns than varchar and text, and no
  /// values that would need quoting.
  static func condition(_ scope: RowScope, columnType: ColumnType?) -> String {
    let value = "\(literal(scope.value))::text"
    return switch columnType {
    case .text: "(\(scope.column) = \(value))"
    default: "((\(scope.column))::text = \(value))"
    }
  }
}
