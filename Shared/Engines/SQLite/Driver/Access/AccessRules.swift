/// An account's rights, as a pure function from SQLite's request to a decision.
///
/// The rules deny everything that they do not explicitly allow, including requests that a later SQLite adds.
struct AccessRules {
  let rights: SQLiteRights
  let names: ScopedNames
  /// Every table and view that existed when the connection opened, in lower case.
  let knownRelations: Set<String>

  /// `context` is the innermost view, trigger or common table expression that makes the access; nil for the statement
  /// itself.
  func decide(_ request: AccessRequest, in context: String?) -> AccessDecision {
    switch request {
    case .structural:
      .allow
    case .function(let name):
      PermittedFunctions.contains(name) ? .allow : deny(.other, nil, name)
    case .privileged(_, let object):
      deny(.other, object, nil)
    case .read(let table, let column, let schema):
      decideRead(Target(table: table, schema: schema), column: column, in: context)
    case .insert(let table, let schema):
      decideWrite(Target(table: table, schema: schema), .insert, column: nil, in: context)
    case .update(let table, let column, let schema):
      decideWrite(Target(table: table, schema: schema), .update, column: column, in: context)
    case .delete(let table, let schema):
      decideWrite(Target(table: table, schema: schema), .delete, column: nil, in: context)
    }
  }

  /// The table that a relation's name stands for: itself, or the one behind the public view.
  func baseTable(of relation: String) -> String { names.baseTables[relation] ?? relation }

  // MARK: - Reading

  private func decideRead(_ target: Target, column: String, in context: String?) -> AccessDecision {
    if isWithinScope(target, context) { return .allow }
    if isAnonymousCount(target, column: column) { return .allow }
    if PermittedFunctions.tableValued.contains(target.table), target.schema == "main" { return .allow }
    guard isReachableByName(target) else { return deny(.select, target.table, column) }
    let right = rights.tables[baseTable(of: target.table)]?.select
    return permits(right, column: column) ? .allow : deny(.select, target.table, column)
  }

  /// Allows a view or trigger of this driver the access that it was made for.
  private func isWithinScope(_ target: Target, _ context: String?) -> Bool {
    guard let context else { return false }
    switch names.contexts[context] {
    case .innerView(let base): return target == Target(table: base, schema: "main")
    case .trigger(let base): return baseTable(of: target.table) == base
    case nil: return isInnerView(target, readThrough: context)
    }
  }

  /// Only its public view may read an inner view.
  private func isInnerView(_ target: Target, readThrough context: String) -> Bool {
    guard target.schema == "temp", case .innerView(let base) = names.contexts[target.table] else {
      return false
    }
    return names.baseTables[context] == base
  }

  /// Allows a read of no column from a relation that is not a table: `count(*)` over a common table expression.
  ///
  /// SQLite passes no schema here, and passes none for some reads of tables either. So the rule excludes every name
  /// that a table has.
  private func isAnonymousCount(_ target: Target, column: String) -> Bool {
    guard column.isEmpty, target.schema == nil else { return false }
    return !knownRelations.contains(target.table) && rights.tables[target.table] == nil
      && names.baseTables[target.table] == nil && names.contexts[target.table] == nil
      && !target.table.hasPrefix("sqlite_") && !target.table.hasPrefix("pragma_")
  }

  // MARK: - Writing

  private func decideWrite(
    _ target: Target, _ verb: Denial.Verb, column: String?, in context: String?
  ) -> AccessDecision {
    if let context, case .trigger(let base) = names.contexts[context], target.table == base { return .allow }
    guard isReachableByName(target) else { return deny(verb, target.table, column) }
    let right = right(for: verb, on: baseTable(of: target.table))
    return permits(right, column: column) ? .allow : deny(verb, target.table, column)
  }

  private func right(for verb: Denial.Verb, on table: String) -> SQLiteRights.Right? {
    switch verb {
    case .select: rights.tables[table]?.select
    case .insert: rights.tables[table]?.insert
    case .update: rights.tables[table]?.update
    case .delete: rights.tables[table]?.delete
    case .other: nil
    }
  }

  // MARK: - Both

  private struct Target: Equatable {
    let table: String
    let schema: String?
  }

  /// A public view, or a table without one. A table with a public view is reachable only through that view.
  private func isReachableByName(_ target: Target) -> Bool {
    if names.baseTables[target.table] != nil { return target.schema == "temp" || target.schema == nil }
    guard target.schema == "main" || target.schema == nil else { return false }
    return rights.tables[target.table]?.select?.rows == nil
  }

  private func permits(_ right: SQLiteRights.Right?, column: String?) -> Bool {
    guard let right else { return false }
    guard let columns = right.columns, let column, !column.isEmpty else { return true }
    return columns.contains(column)
  }

  private func deny(_ verb: Denial.Verb, _ table: String?, _ column: String?) -> AccessDecision {
    let named = table.map { names.contexts[$0] == nil ? baseTable(of: $0) : "<scope>" }
    return .deny(Denial(verb: verb, table: named, column: column?.isEmpty == true ? nil : column))
  }
}
