/// Something in the catalog that affects access, and that no grant, policy, role or owner of the manifest describes.
///
/// The manifest declares none of these. A finding is therefore a deviation, unless the manifest's scope accepts it.
package struct PostgresFinding: Sendable, Hashable {
  /// The kinds of findings; the raw values are those of the catalog's query and of `accepts` in the manifest.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    // Objects that no migration made.
    case table, view, sequence, routine, type, cast, collation, conversion, schema, language, transform
    case materializedView = "materialized view"
    case foreignTable = "foreign table"
    case operatorOfUsers = "operator"
    case operatorClass = "operator class"
    case searchConfiguration = "text search configuration"
    case searchDictionary = "text search dictionary"
    case searchParser = "text search parser"
    case searchTemplate = "text search template"
    case operatorFamily = "operator family"
    case extendedStatistics = "extended statistics"
    case accessMethod = "access method"
    case eventTrigger = "event trigger"
    case publication, subscription
    case replicationSlot = "replication slot"
    case foreignDataWrapper = "foreign data wrapper"
    case foreignServer = "foreign server"
    case userMapping = "user mapping"
    case extensionOfServer = "extension"
    // Changes of what the migrations or the engine made.
    case computedColumn = "computed column"
    case foreignKey = "foreign key"
    case disabledTrigger = "disabled trigger"
    case reader
    case constraint
    case missingConstraint = "missing constraint"
    case columnDefault = "column default"
    case tableOption = "table option"
    case expressionIndex = "expression index"
    case databaseOption = "database option"
    case ownedObject = "owned object"
    case engineObject = "engine object"
    case withdrawnRight = "withdrawn right"
    case securityLabel = "security label"
    case serverSetting = "server setting"
    case authenticationRule = "authentication rule"
    /// A text that Swift takes for another one, with the words of what has it.
    case decomposedName = "decomposed name"
    // Other roles, and our roles in other places.
    case roleAttribute = "role attribute"
    case elsewhere
  }

  /// Its kind.
  package let kind: Kind
  /// Its schema, where it has one.
  package let schema: String?
  /// Its name, or the name of the table, role or server to which it belongs.
  package let name: String
  /// Its owner, or the role that it concerns.
  package let account: String?
  /// The rest: a column, an attribute, a value.
  package let detail: String?

  /// Makes a finding.
  package init(
    _ kind: Kind, schema: String? = nil, name: String, account: String? = nil, detail: String? = nil
  ) {
    self.kind = kind
    self.schema = schema
    self.name = name
    self.account = account
    self.detail = detail
  }

  /// The name that reports use, qualified outside of the fleet's schema.
  var displayName: String {
    guard let schema, schema != PostgresSQL.schema else { return name }
    return "\(schema).\(name)"
  }

  /// `KIND NAME`, by which the manifest accepts it.
  var key: String { "\(kind.rawValue) \(displayName)" }

  /// Whether it is an object in a schema that a migration of a newer release could have made.
  var isOfMigrations: Bool {
    switch kind {
    case .table, .view, .sequence, .routine, .type, .materializedView: schema == PostgresSQL.schema
    default: false
    }
  }

  /// Whether it is a right on another database or a tablespace as a whole, which only its owner or a superuser grants. In
  /// another database that is open to everyone, any account can grant another one a right on an object of its own.
  var isOfServer: Bool { kind == .elsewhere && detail == "holds rights on" }

  var sortKey: (Int, String, String, String) {
    (Kind.allCases.firstIndex(of: kind) ?? 0, displayName, account ?? "", detail ?? "")
  }
}

/// A unique key of a table, which keeps rows of one account from standing in for those of another.
package struct PostgresKey: Sendable, Hashable {
  package let table: String
  package let columns: [String]

  /// Makes a key.
  package init(table: String, columns: [String]) {
    self.table = table
    self.columns = columns
  }

  var sortKey: (String, String) { (table, columns.joined(separator: ",")) }
}

/// A column whose values the server samples for its planner.
///
/// `EXPLAIN` shows estimates from these samples to every account that may read the column. A row policy does not filter
/// them, because the comparisons of texts and numbers are leakproof.
package struct PostgresSampledColumn: Sendable, Hashable {
  package let table: String
  package let column: String
  /// The column's type, as the server prints it.
  package let type: String
  /// Whether samples may exist already, because the table was analyzed.
  package let isAnalyzed: Bool

  /// Makes a column.
  package init(table: String, column: String, type: String, isAnalyzed: Bool) {
    self.table = table
    self.column = column
    self.type = type
    self.isAnalyzed = isAnalyzed
  }

  var sortKey: (String, String) { (table, column) }
}
