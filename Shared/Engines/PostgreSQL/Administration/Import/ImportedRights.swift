import AccessManifest
import Schema

/// The rights of one login role, or of a group of roles, as an imported manifest says them.
struct ImportedRights {
  let grants: [TableGrant]
  /// The rights that no grant on rows says.
  let also: [String]
  let doubts: [String]
  /// The same grants, each table with its lines.
  private let tables: [TableDefinition]

  /// Reads the rights of `name`: `entries` are its own and those of the groups that it inherits.
  init(
    of name: String, groups: [String], entries: Set<PostgresPrivilege>, in source: PostgresImport,
    tables: [TableDefinition]
  ) {
    self.tables = tables
    let reader = ImportedGrants(holders: [name] + groups, source: source, entries: entries)
    let read = tables.map { reader.grants(on: $0) }
    grants = read.flatMap(\.grants)
    doubts = read.flatMap(\.doubts) + Self.unusableInserts(grants, entries, tables)
    also = Self.further(entries, tables: tables, grants: grants)
  }

  var level: AccessLevel {
    let writes = grants.filter(\.verb.isWrite)
    if writes.isEmpty { return .readOnly }
    return writes.allSatisfy { $0.rows != nil } ? .scopedReadWrite : .readWrite
  }

  /// The rights that no grant on rows says, without those that a grant implies.
  private static func further(
    _ entries: Set<PostgresPrivilege>, tables: [TableDefinition], grants: [TableGrant]
  ) -> [String] {
    let inserted = Set(grants.filter { $0.verb == .insert }.map(\.table))
    let implied = Set(tables.filter { inserted.contains($0.name) }.flatMap(\.sequences))
    let managed = Set(tables.map { PostgresObject.relation($0) })
    let schemas = Set(grants.map { TableName($0.table).schema })
    let found = entries.compactMap { privilege -> FurtherRight? in
      guard privilege.column == nil, let right = FurtherRight(privilege) else { return nil }
      switch right.kind {
      case .table, .view:
        let isOfRows = TableVerb(rawValue: right.privilege.lowercased()) != nil
        return isOfRows && managed.contains(privilege.object) ? nil : right
      case .sequence: return right.privilege == "USAGE" && implied.contains(right.name) ? nil : right
      case .schema: return right.privilege == "USAGE" && schemas.contains(right.name) ? nil : right
      case .database: return right.privilege == "CONNECT" ? nil : right
      case .routine: return right
      }
    }
    return Set(found.map(\.text)).sorted()
  }

  private static func unusableInserts(
    _ grants: [TableGrant], _ entries: Set<PostgresPrivilege>, _ tables: [TableDefinition]
  ) -> [String] {
    let usable = Set(entries.filter { $0.object.kind == .sequence && $0.privilege == "USAGE" }.map(\.object))
    let inserted = Set(grants.filter { $0.verb == .insert }.map(\.table))
    return tables.filter { inserted.contains($0.name) }.flatMap(\.sequences).compactMap { sequence in
      let name = TableName(sequence)
      if usable.contains(PostgresObject(.sequence, schema: name.schema, name: name.name)) { return nil }
      return "an insert needs usage on the sequence \(sequence), which it lacks: `plan` grants that"
    }
  }

  // MARK: Text

  /// The lines of `grants:` and `also:` at this indentation, without the tables on which a profile says the same.
  func lines(beside profile: ImportedRights?, indent: String) -> [String] {
    let own = Dictionary(grouping: grants, by: \.table)
    let shared = Dictionary(grouping: profile?.grants ?? [], by: \.table)
    let grantLines = tables.flatMap { table -> [String] in
      guard let here = own[table.name], Set(here) != Set(shared[table.name] ?? []) else { return [] }
      return Self.lines(of: here.sorted { $0.verb < $1.verb }, on: table, indent: indent)
    }
    let empty = profile == nil ? ["\(indent)grants: {}"] : []
    var lines = grantLines.isEmpty ? empty : ["\(indent)grants:"] + grantLines
    if !also.isEmpty, also != profile?.also {
      lines.append("\(indent)also: # doubt: rights beside those on rows; a service seldom needs them")
      lines += also.map { "\(indent)  - \(YAMLText.scalar($0))" }
    }
    return lines
  }

  private static func lines(of grants: [TableGrant], on table: TableDefinition, indent: String) -> [String] {
    let key = "\(indent)  \(YAMLText.scalar(table.name)):"
    if grants.allSatisfy({ $0.columns == .all && $0.rows == nil }) {
      return ["\(key) [\(grants.map(\.verb.rawValue).joined(separator: ", "))]"]
    }
    return [key] + grants.map { "\(indent)    \($0.verb.rawValue): \($0.extentText)" }
  }
}

extension TableGrant {
  /// `all`, or the columns and rows as the manifest writes them.
  fileprivate var extentText: String {
    var parts: [String] = []
    if case .only(let names) = columns {
      parts.append("columns: [\(names.map(YAMLText.scalar).joined(separator: ", "))]")
    }
    if let rows { parts.append("rows: { \(YAMLText.scalar(rows.column)): \(YAMLText.quoted(rows.value)) }") }
    return parts.isEmpty ? "all" : "{ \(parts.joined(separator: ", ")) }"
  }
}

extension FurtherRight {
  /// The right of a privilege; nil for an object that a manifest cannot name.
  fileprivate init?(_ privilege: PostgresPrivilege) {
    let object = privilege.object
    guard let kind = Kind(rawValue: object.kind.rawValue), object.schema != "pg_catalog",
      object.schema != "information_schema",
      kind == .routine || object.schema.map({ TableName(schema: $0, name: object.name).text != nil }) ?? true
    else { return nil }
    let name =
      object.schema.map { $0 == TableName.home ? object.name : "\($0).\(object.name)" } ?? object.name
    self.init(privilege.privilege, on: kind, name)
  }
}
