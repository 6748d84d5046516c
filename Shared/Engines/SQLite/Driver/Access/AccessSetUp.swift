/// Turns the stored rights of an account into an ``Authorizer`` over a connection, with the views and triggers that
/// hold it to its rows.
struct AccessSetUp {
  /// What was read from the file, to tell later whether it has changed.
  struct Origin: Equatable {
    let rightsJSON: String
    let schemaVersion: String
  }

  let authorizer: Authorizer
  let origin: Origin

  /// Reads the rights and prepares the connection; the authorizer is not installed yet.
  init(account: String, on handle: DatabaseHandle) throws(AccessSetUpError) {
    do {
      origin = try Self.readOrigin(of: account, on: handle)
      let rights = try SQLiteRights(json: origin.rightsJSON)
      let scope = try Self.scope(of: rights, on: handle)
      for statement in scope.statements { try handle.execute(statement) }
      try Self.readyTableValuedFunctions(on: handle)
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

  /// Rights and schema as they are in the file now.
  static func readOrigin(of account: String, on handle: DatabaseHandle) throws -> Origin {
    guard try !handle.texts(rightsTableSQL, [SQLiteRights.tableName]).isEmpty,
      let json = try handle.texts(SQLiteRights.loadSQL, [account]).first?.first ?? nil
    else { throw SQLiteRights.RightsError.missing(account: account) }
    let version = try handle.texts("PRAGMA main.schema_version").first?.first ?? nil
    return Origin(rightsJSON: json, schemaVersion: version ?? "")
  }

  private static let rightsTableSQL = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name = ?"

  private static func scope(of rights: SQLiteRights, on handle: DatabaseHandle) throws -> ScopeBuilder {
    var builder = ScopeBuilder(names: ScopedNames(makeToken: ScopedNames.randomToken))
    for (table, rights) in rights.tables.sorted(by: { $0.key < $1.key }) {
      let columns = try columns(of: table, on: handle)
      // A table that is not there yet cannot be reached; the account sees its schema as behind and starts no service.
      if !columns.isEmpty { builder.add(table, rights: rights, columns: columns) }
    }
    return builder
  }

  private static func columns(
    of table: String, on handle: DatabaseHandle
  ) throws(SQLiteFault) -> [ScopeBuilder.ColumnInfo] {
    // The name was checked to be a plain identifier. Columns: cid, name, type, notnull, dflt_value, pk.
    try handle.texts("PRAGMA main.table_info(\"\(table)\")").map { row in
      ScopeBuilder.ColumnInfo(
        name: row[1] ?? "", isNotNull: row[3] == "1", defaultSQL: row[4], isPrimaryKey: row[5] != "0")
    }
  }

  private static func relations(on handle: DatabaseHandle) throws(SQLiteFault) -> Set<String> {
    let names = try handle.texts("SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view')")
    return Set(names.compactMap { $0.first??.lowercased() })
  }

  /// SQLite declares such a function's columns on first use as though it changed the schema, which is denied later.
  /// Those that it has not declared by then stay out of reach: `pragma_table_list`, `dbstat` and the rest.
  private static func readyTableValuedFunctions(on handle: DatabaseHandle) throws(SQLiteFault) {
    for function in PermittedFunctions.tableValued.sorted() {
      _ = try handle.texts("SELECT count(*) FROM \(function)('[]')")
    }
  }
}

/// Why an account's rights could not be put in force.
enum AccessSetUpError: Error {
  case rights(SQLiteRights.RightsError)
  case fault(SQLiteFault)
}
