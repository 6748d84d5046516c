/// Builds an ``Authorizer`` over a connection from an account's stored rights, and creates the views and triggers that
/// confine the account to its rows.
struct AccessSetUp {
  /// The rights and the schema version as read from the file, to detect later changes.
  struct Origin: Equatable {
    let rightsJSON: String
    let schemaVersion: String
  }

  let authorizer: Authorizer
  let origin: Origin

  /// Reads the rights and prepares the connection; does not install the authorizer yet.
  init(account: String, on handle: DatabaseHandle) throws(AccessSetUpError) {
    do {
      origin = try Self.readOrigin(of: account, on: handle)
      let rights = try SQLiteRights(json: origin.rightsJSON)
      let scope = try Self.scope(of: rights, on: handle)
      for statement in scope.statements { try handle.execute(statement) }
      try Self.declareTableValuedFunctions(on: handle)
      let rules = AccessRules(
        rights: rights, names: scope.names, knownRelations: try Self.relations(on: handle))
      authorizer = Authorizer(account: account, rules: rules)
    } catch let error as SQLiteRights.RightsError {
      throw .rights(error)
    } catch let error as SQLiteFault {
      throw .fault(error)
    } catch {
      throw .rights(.unreadable("\(error)"))
    }
  }

  /// Reads the rights and the schema version from the file.
  static func readOrigin(of account: String, on handle: DatabaseHandle) throws -> Origin {
    guard try !handle.texts(rightsTableSQL, [SQLiteRights.tableName]).isEmpty else {
      throw SQLiteRights.RightsError.missing(account: account)
    }
    let rows = try handle.texts(SQLiteRights.loadSQL, [account])
    guard rows.count <= 1 else { throw SQLiteRights.RightsError.ambiguous(account: account) }
    guard let json = rows.first?.first ?? nil else {
      throw SQLiteRights.RightsError.missing(account: account)
    }
    let version = try handle.texts("PRAGMA main.schema_version").first?.first ?? nil
    return Origin(rightsJSON: json, schemaVersion: version ?? "")
  }

  private static let rightsTableSQL = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name = ?"

  private static func scope(of rights: SQLiteRights, on handle: DatabaseHandle) throws -> ScopeBuilder {
    var builder = ScopeBuilder(names: ScopedNames(makeToken: ScopedNames.randomToken))
    for (table, rights) in rights.tables.sorted(by: { $0.key < $1.key }) {
      let columns = try columns(of: table, on: handle)
      // A missing table is unreachable. The schema is then behind, so the service of the account does not start.
      if !columns.isEmpty { builder.add(table, rights: rights, columns: columns) }
    }
    return builder
  }

  private static func columns(
    of table: String, on handle: DatabaseHandle
  ) throws(SQLiteFault) -> [ScopeBuilder.ColumnInfo] {
    // `SQLiteRights.validate` has checked that the name is a plain identifier. Columns: cid, name, type, notnull,
    // dflt_value, pk.
    try handle.texts("PRAGMA main.table_info(\"\(table)\")").map { row in
      ScopeBuilder.ColumnInfo(
        name: row[1] ?? "", isNotNull: row[3] == "1", defaultSQL: row[4], isPrimaryKey: row[5] != "0")
    }
  }

  private static func relations(on handle: DatabaseHandle) throws(SQLiteFault) -> Set<String> {
    let names = try handle.texts("SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')")
    return Set(names.compactMap { $0.first??.lowercased() })
  }

  /// SQLite declares the columns of a table-valued function on first use, as if it changed the schema. The authorizer
  /// denies that later, so this runs the permitted functions first. All others stay unreachable: `pragma_table_list`,
  /// `dbstat` and the rest.
  private static func declareTableValuedFunctions(on handle: DatabaseHandle) throws(SQLiteFault) {
    for function in PermittedFunctions.tableValued.sorted() {
      _ = try handle.texts("SELECT count(*) FROM \(function)('[]')")
    }
  }
}

/// Why the driver could not enforce an account's rights.
enum AccessSetUpError: Error {
  case rights(SQLiteRights.RightsError)
  case fault(SQLiteFault)
}
