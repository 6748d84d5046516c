import AccessPlanning
import DataAccess
import Glibc
import SQLiteDriver

/// What surrounds the stored rights: the definition of their table, and the mode of the file.
///
/// The rows alone do not say what the driver enforces. A table without a primary key may have two rows for an account, a
/// trigger may keep a change from being made, and a file that everyone may write has no rights at all.
package struct SQLiteRightsPlace: Sendable, Hashable {
  /// What has the table's name: `TABLE`, `VIEW`.
  var relations: [String] = []
  /// What differs from the table that this tool makes, in words.
  var faults: [String] = []
  /// The file where every user of the machine may open it.
  var openFile: OpenFile?

  /// A file that every user of the machine may open.
  struct OpenFile: Sendable, Hashable {
    let path: String
    let mode: mode_t
  }

  /// Makes a place without a fault.
  package init() {}

  /// The deviations of the table, for an account whose rows it has.
  func tableDeviations(of account: String) -> [Deviation] {
    faults.map { fault in
      Deviation(
        .different, account: account, object: SQLiteRights.tableName, privilege: "DEFINITION",
        message: "the table of rights \(fault), so its rows do not say what \(account) may do")
    }
  }

  /// The deviation of the file. No statement mends it.
  var fileDeviations: [Deviation] {
    guard let openFile else { return [] }
    let mode = "0" + String(openFile.mode, radix: 8)
    return [
      Deviation(
        .excess, account: "PUBLIC", object: openFile.path, privilege: "FILE MODE",
        message:
          "every user of the machine may open the file \(openFile.path) (mode \(mode)): set the mode 0600 on it"
      )
    ]
  }

  // MARK: Reading

  /// Reads the place in the file that the runner has open.
  static func read(by runner: any StatementRunner) async throws(DatabaseError) -> SQLiteRightsPlace {
    var place = SQLiteRightsPlace()
    let rows = try await runner.unsafeQuery(unsafeSQL: definitionSQL, label: "read the table", isRead: true)
    for row in 0..<rows.rowCount {
      let (kind, name) = (try rows.text(row, 0), try rows.text(row, 1))
      let sql = try rows.text(row, 2)
      switch kind {
      case "table", "view":
        place.relations.append(kind.uppercased())
        if sql != SQLiteRights.createTableSQL { place.faults.append("is defined in another way") }
      default:
        // The primary key has an index without a definition.
        if !sql.isEmpty { place.faults.append("has the \(kind) \(name)") }
      }
    }
    let files = try await runner.unsafeQuery(unsafeSQL: fileSQL, label: "find the file", isRead: true)
    if files.rowCount > 0 { place.openFile = openFile(at: try files.text(0, 0)) }
    return place
  }

  /// Names of tables have no case for SQLite.
  private static let definitionSQL = """
    SELECT type, name, coalesce(sql, '') FROM main.sqlite_schema
    WHERE lower(tbl_name) = '\(SQLiteRights.tableName)' ORDER BY type DESC, name
    """

  private static let fileSQL = "SELECT coalesce(file, '') FROM pragma_database_list WHERE name = 'main'"

  private static func openFile(at path: String) -> OpenFile? {
    var status = stat()
    guard !path.isEmpty, stat(path, &status) == 0 else { return nil }
    let mode = status.st_mode & 0o777
    return mode & (S_IROTH | S_IWOTH) == 0 ? nil : OpenFile(path: path, mode: mode)
  }
}
