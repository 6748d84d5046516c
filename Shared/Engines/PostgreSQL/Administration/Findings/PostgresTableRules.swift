import Migrations
import Schema

/// A constraint or a unique index of a table, by its name. `bulkhead migrate check` compares what it says.
package struct PostgresConstraint: Sendable, Hashable {
  package let table: String
  package let name: String

  /// Makes a constraint.
  package init(table: String, name: String) {
    self.table = table
    self.name = name
  }
}

/// The value of a column for an insert that omits it.
package struct PostgresDefault: Sendable, Hashable {
  package let table: String
  package let column: String
  /// The expression in the form in which `bulkhead migrate check` compares it.
  package let value: String

  /// Stands for the expression of a column that the engine numbers where an insert omits it.
  static let identity = "generated_by_default"

  /// Makes a default of an expression in SQL; nil where that is NULL, which is none.
  package init?(table: String, column: String, sql: String) {
    guard let value = SQLTableReader.defaultValue(sql) else { return nil }
    self.table = table
    self.column = column
    self.value = value
  }
}

extension TableDefinition {
  /// The names that the engine cuts at its limit.
  var declaredConstraints: [PostgresConstraint] {
    let names =
      (identity == nil ? [] : ["\(name)_pkey"])
      + uniqueKeys.map { Self.uniqueKeyName($0, in: name) }
      + references.map { Self.referenceName($0.column, in: name) } + checks.map(\.name)
      + columns.filter { $0.allowedValues != nil }.map { Self.columnCheckName($0.name, in: name) }
      + indexes.filter(\.isUnique).map { $0.name(on: name) }
    return names.map { PostgresConstraint(table: name, name: String($0.prefix(Self.longestName))) }
  }

  /// `NAMEDATALEN` without its last byte.
  private static let longestName = 63

  var declaredDefaults: [PostgresDefault] {
    columns.compactMap { column in
      if column.isIdentity {
        return PostgresDefault(table: name, column: column.name, sql: PostgresDefault.identity)
      }
      guard let value = column.defaultValue else { return nil }
      let sql =
        switch value {
        case .boolean(let value): value ? "true" : "false"
        case .text(let text): PostgresSQL.literal(text)
        case .integer(let number): "\(number)"
        case .currentTimestamp: "CURRENT_TIMESTAMP"
        }
      return PostgresDefault(table: name, column: column.name, sql: sql)
    }
  }
}

extension PostgresState {
  /// Declares what the tables of our migrations have.
  mutating func declareRules(of tables: [TableDefinition]) {
    constraints = Set(tables.flatMap(\.declaredConstraints))
    defaults = Set(tables.flatMap(\.declaredDefaults))
  }

  /// Whether a table has a constraint or a default that this release's schema does not explain.
  func hasUnknownRules(beside known: [String: TableDefinition]) -> Bool {
    constraints.contains { constraint in
      known[constraint.table].map { !$0.declaredConstraints.contains(constraint) } ?? false
    }
      || defaults.contains { entry in
        known[entry.table].map { !$0.declaredDefaults.contains(entry) } ?? false
      }
  }
}

extension PostgresComparison {
  /// The constraints and defaults of our tables that differ from the migrations. A newer release has its own.
  var rules: [PostgresFinding] {
    guard !declared.isLive, !actual.hasNewerSchema else { return [] }
    func isOurs(_ table: String) -> Bool {
      declared.owners[.table(table)] != nil && actual.owners[.table(table)] != nil
    }
    let added = actual.constraints.subtracting(declared.constraints).filter { isOurs($0.table) }
    let dropped = declared.constraints.subtracting(actual.constraints).filter { isOurs($0.table) }
    let changed = declared.defaults.symmetricDifference(actual.defaults).filter { isOurs($0.table) }
    let columns = Set(changed.map { [$0.table, $0.column] })
    return added.map { PostgresFinding(.constraint, name: $0.table, detail: $0.name) }
      + dropped.map { PostgresFinding(.missingConstraint, name: $0.table, detail: $0.name) }
      + columns.map { PostgresFinding(.columnDefault, name: $0[0], detail: $0[1]) }
  }
}
