import AccessManifest
import Schema

/// An object of a PostgreSQL database that has an owner and an access control list.
package struct PostgresObject: Sendable, Hashable, Comparable {
  /// The kinds of objects.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case database, schema, table, view, sequence, routine, type, language, parameter, tablespace
    case largeObject = "large object"
    case foreignServer = "foreign server"
    case foreignDataWrapper = "foreign data wrapper"
    /// The initial privileges of the administrator's future objects: `ALTER DEFAULT PRIVILEGES`.
    case futureTables = "future tables"
    case futureSequences = "future sequences"
    case futureRoutines = "future routines"
    case futureSchemas = "future schemas"
  }

  /// Its kind.
  package let kind: Kind
  /// Its schema; nil for a database, a schema, and future objects of every schema.
  package let schema: String?
  /// Its name; that of a routine includes its argument types, that of a large object is its number. Empty for future
  /// objects.
  package let name: String

  /// Makes an object.
  package init(_ kind: Kind, schema: String? = nil, name: String = "") {
    self.kind = kind
    self.schema = schema
    self.name = name
  }

  /// The kind would be hashed by its words, and seldom tells two objects apart.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(schema)
    hasher.combine(name)
  }

  /// Makes a table by its name in the manifest, which has a schema outside of the fleet's own.
  package static func table(_ name: String) -> PostgresObject {
    let name = TableName(name)
    return PostgresObject(.table, schema: name.schema, name: name.name)
  }

  /// Makes the object of a right beside those on rows. A routine's name ends with its argument types.
  init(_ right: FurtherRight, in database: String) {
    let name = TableName(right.name)
    switch right.kind {
    case .table: self.init(.table, schema: name.schema, name: name.name)
    case .view: self.init(.view, schema: name.schema, name: name.name)
    case .sequence: self.init(.sequence, schema: name.schema, name: name.name)
    case .routine: self.init(.routine, schema: name.schema, name: name.name)
    case .schema: self.init(.schema, name: right.name)
    case .database: self.init(.database, name: database)
    }
  }

  /// Makes the table or the view of a definition.
  static func relation(_ table: TableDefinition) -> PostgresObject {
    let name = TableName(table.name)
    return PostgresObject(table.isView ? .view : .table, schema: name.schema, name: name.name)
  }

  /// Orders by kind, schema and name, so that plans and reports are stable.
  package static func < (left: PostgresObject, right: PostgresObject) -> Bool {
    (left.rank, left.schema ?? "", left.name) < (right.rank, right.schema ?? "", right.name)
  }

  private var rank: Int { Self.ranks[kind] ?? 0 }

  private static let ranks = Dictionary(
    uniqueKeysWithValues: Kind.allCases.enumerated().map { ($0.element, $0.offset) })

  /// The name that reports use: unqualified in the fleet's schema, qualified elsewhere.
  package var displayName: String {
    guard let schema, schema != PostgresSQL.schema else { return name.isEmpty ? kind.rawValue : name }
    return name.isEmpty ? "\(kind.rawValue) in \(schema)" : "\(schema).\(name)"
  }

  /// The object as `GRANT ... ON` names it.
  var sqlTarget: String {
    switch kind {
    case .database: "DATABASE \(PostgresSQL.identifier(name))"
    case .schema: "SCHEMA \(PostgresSQL.identifier(name))"
    case .table, .view: "TABLE \(qualified)"
    case .sequence: "SEQUENCE \(qualified)"
    case .routine: "ROUTINE \(PostgresSQL.identifier(schema ?? PostgresSQL.schema)).\(name)"
    case .type: "TYPE \(qualified)"
    case .tablespace: "TABLESPACE \(PostgresSQL.identifier(name))"
    case .language: "LANGUAGE \(PostgresSQL.identifier(name))"
    case .parameter: "PARAMETER \(parts.map(PostgresSQL.identifier).joined(separator: "."))"
    case .largeObject: "LARGE OBJECT \(name)"
    case .foreignServer: "FOREIGN SERVER \(PostgresSQL.identifier(name))"
    case .foreignDataWrapper: "FOREIGN DATA WRAPPER \(PostgresSQL.identifier(name))"
    case .futureTables: "TABLES"
    case .futureSequences: "SEQUENCES"
    case .futureRoutines: "ROUTINES"
    case .futureSchemas: "SCHEMAS"
    }
  }

  /// An extension's parameter has a dot in its name.
  private var parts: [String] { name.split(separator: ".").map(String.init) }

  /// Whether it stands for future objects.
  var isFuture: Bool {
    switch kind {
    case .futureTables, .futureSequences, .futureRoutines, .futureSchemas: true
    case .database, .schema, .table, .view, .sequence, .routine, .type, .language, .parameter, .tablespace,
      .largeObject,
      .foreignServer, .foreignDataWrapper:
      false
    }
  }

  /// The name with its schema, as SQL spells it.
  var qualified: String {
    "\(PostgresSQL.identifier(schema ?? PostgresSQL.schema)).\(PostgresSQL.identifier(name))"
  }
}
