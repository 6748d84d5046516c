import DataAccess
import JSON

/// How the file stores the rights. `bulkhead access apply` writes them, and the driver reads them.
extension SQLiteRights {
  /// The table of the rights: one row for each account.
  package static let tableName = "bulkhead_rights"

  /// Creates the table of the rights. The file keeps this text, by which a comparison recognises the table.
  package static let createTableSQL =
    "CREATE TABLE bulkhead_rights (account text NOT NULL PRIMARY KEY, rights text NOT NULL)"

  /// Stores the rights of an account, as ``json()`` has them. The plan shows the statement as it runs, so it has no parameters.
  package static func storing(_ json: String, of account: String) -> String {
    "INSERT INTO \(tableName) (account, rights) VALUES (\(literal(account)), \(literal(json))) "
      + "ON CONFLICT (account) DO UPDATE SET rights = excluded.rights"
  }

  /// Removes an account, which then can no longer connect.
  package static func removing(_ account: String) -> String {
    "DELETE FROM \(tableName) WHERE account = \(literal(account))"
  }

  private static func literal(_ text: String) -> String { Dialect.sqlite.literal(text) }

  /// Lists every account and its rights, in order. It and the driver's query read the rows, and no index: so both read
  /// the same ones in every file.
  package static let listSQL = "SELECT account, rights FROM bulkhead_rights ORDER BY +account"

  /// Counts the columns that ``listSQL`` reads.
  package static let columnsSQL =
    "SELECT count(*) FROM pragma_table_info('\(tableName)') WHERE name IN ('account', 'rights')"

  static let loadSQL = "SELECT rights FROM bulkhead_rights WHERE +account = ?"

  /// Encodes the rights as stored.
  package func json() throws(JSONError) -> String {
    String(decoding: try JSONCoding.encode(self), as: UTF8.self)
  }

  /// Reads stored rights; throws when this driver cannot enforce them.
  package init(json: String) throws(RightsError) {
    do {
      self = try JSONCoding.decode(SQLiteRights.self, from: Array(json.utf8))
    } catch {
      throw .unreadable("\(error)")
    }
    try validate()
  }

  /// Why the driver rejects stored rights.
  package enum RightsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The account has no row.
    case missing(account: String)
    /// The account has several rows, of which each reader would take another one.
    case ambiguous(account: String)
    /// The text is not what `access apply` writes.
    case unreadable(String)
    /// A name that is not a plain lower-case identifier, or that SQLite or this driver reserves.
    case badName(String)
    /// A list of no column: SQLite asks nothing about the columns of a statement that only counts rows.
    case noColumns(table: String)
    /// A list of columns for a verb that SQLite cannot restrict by column.
    case columnsNotEnforceable(table: String, verb: String)

    /// Safe to show.
    package var description: String {
      switch self {
      case .missing(let account): "the file has no rights for account \(account); run bulkhead access apply"
      case .ambiguous(let account):
        "the file has several rows of rights for account \(account); run bulkhead access apply"
      case .unreadable(let reason): "the stored rights are unreadable (\(reason)); run bulkhead access apply"
      case .badName(let name): "the stored rights contain a name that the driver cannot enforce: \(name)"
      case .noColumns(let table): "the stored rights on \(table) have an empty list of columns"
      case .columnsNotEnforceable(let table, let verb):
        "SQLite cannot restrict \(verb) on \(table) to some of its columns"
      }
    }
  }

  /// Throws when the driver could not enforce some part of the rights.
  package func validate() throws(RightsError) {
    for (table, rights) in tables {
      guard Self.isGrantable(table) else { throw .badName(table) }
      if rights.insert?.columns != nil { throw .columnsNotEnforceable(table: table, verb: "insert") }
      if rights.delete?.columns != nil { throw .columnsNotEnforceable(table: table, verb: "delete") }
      for right in [rights.select, rights.insert, rights.update, rights.delete] {
        if right?.columns?.isEmpty == true { throw .noColumns(table: table) }
        try Self.validate(right)
      }
    }
  }

  private static func validate(_ right: Right?) throws(RightsError) {
    for column in (right?.columns ?? []) + [right?.rows?.column].compactMap({ $0 }) where !isPlain(column) {
      throw .badName(column)
    }
    if let value = right?.rows?.value, value.utf8.contains(0) { throw .badName(value) }
  }

  private static func isGrantable(_ table: String) -> Bool {
    isPlain(table) && !table.hasPrefix("sqlite_") && !table.hasPrefix("scoped_") && table != tableName
  }

  /// Whether the name is a lower-case ASCII identifier, which has one meaning for SQLite, the authorizer and a human
  /// reader.
  private static func isPlain(_ name: String) -> Bool {
    guard let first = name.utf8.first, first < 0x80, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f }
  }
}
