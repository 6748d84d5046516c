import DataAccess

/// The engines that every test over a database runs on: `@Test(arguments: DatabaseEngine.allCases)`.
public enum DatabaseEngine: String, CaseIterable, Sendable, CustomStringConvertible {
  case sqlite = "SQLite"
  case postgresql = "PostgreSQL"

  /// The name in the test's title.
  public var description: String { rawValue }

  /// The type names that DDL needs and the schema's column types do not cover.
  public var doubleType: String {
    switch self {
    case .sqlite: "REAL"
    case .postgresql: "double precision"
    }
  }

  /// As ``doubleType``, for bytes.
  public var bytesType: String {
    switch self {
    case .sqlite: "BLOB"
    case .postgresql: "bytea"
    }
  }
}
