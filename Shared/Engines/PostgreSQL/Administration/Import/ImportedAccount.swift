import AccessManifest
import Schema

/// One login role as a service of an imported manifest.
struct ImportedAccount {
  let name: String
  let grants: [TableGrant]
  private let also: [String]
  private var doubts: [String] = []
  private let role: PostgresRole
  private let tables: [TableDefinition]

  init(name: String, of source: PostgresImport, tables: [TableDefinition], scopedTables: Set<String>) {
    self.name = name
    self.tables = tables
    let state = source.state
    role = state.roles[name] ?? PostgresRole()
    let own = state.privileges.filter { $0.grantee == .role(name) }
    let reader = ImportedGrants(
      account: name, state: state, own: own, scopedTables: scopedTables)
    let read = tables.map { reader.grants(on: $0) }
    grants = read.flatMap(\.grants)
    doubts = read.flatMap(\.doubts)
    also = Self.further(own, of: state, tables: tables, grants: grants)
    doubts += Self.doubts(of: name, own, in: state) + Self.unusableInserts(grants, own, tables)
  }

  /// The rights that no grant on rows says, without those that a grant implies.
  private static func further(
    _ own: Set<PostgresPrivilege>, of state: PostgresState, tables: [TableDefinition], grants: [TableGrant]
  ) -> [String] {
    let inserted = Set(grants.filter { $0.verb == .insert }.map(\.table))
    let implied = Set(tables.filter { inserted.contains($0.name) }.flatMap(\.sequences))
    let managed = Set(tables.map { PostgresObject.relation($0) })
    let schemas = Set(grants.map { TableName($0.table).schema })
    return own.compactMap { privilege -> FurtherRight? in
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
    }.map(\.text).sorted()
  }

  private static func doubts(
    of name: String, _ own: Set<PostgresPrivilege>, in state: PostgresState
  ) -> [String] {
    let groups = state.memberships.filter { $0.member == name }.map(\.role).sorted()
    var doubts = groups.map { "it is a member of \($0), whose rights are not in this file: `plan` ends that" }
    for privilege in own.sorted(by: { $0.sortKey < $1.sortKey }) {
      if privilege.isGrantable { doubts.append("it may grant \(privilege.readable) on: `plan` ends that") }
      if let owner = state.owners[privilege.object], owner != privilege.grantor {
        doubts.append("\(privilege.grantor) granted \(privilege.readable), not the owner \(owner)")
      }
    }
    doubts += state.owners.filter { $0.value == name }.keys.sorted().map {
      "it owns the \($0.kind.rawValue) \($0.displayName), so it may do everything there: `plan` ends that"
    }
    doubts += (state.roles[name]?.databaseSettings.keys.sorted() ?? []).map {
      "\($0) is set for it in this database only: `plan` resets that"
    }
    return doubts
  }

  private static func unusableInserts(
    _ grants: [TableGrant], _ own: Set<PostgresPrivilege>, _ tables: [TableDefinition]
  ) -> [String] {
    let usable = Set(own.filter { $0.object.kind == .sequence && $0.privilege == "USAGE" }.map(\.object))
    return tables.filter { table in grants.contains { $0.table == table.name && $0.verb == .insert } }
      .flatMap(\.sequences).compactMap { sequence in
        let name = TableName(sequence)
        if usable.contains(PostgresObject(.sequence, schema: name.schema, name: name.name)) { return nil }
        return "an insert needs usage on the sequence \(sequence), which it lacks: `plan` grants that"
      }
  }

  // MARK: Text

  /// The service, as a comment where no manifest takes the name of the role.
  var lines: [String] {
    guard !AccountName.isValid(name, withUnderscores: true) else { return serviceLines }
    return ["", "  # doubt: \(name): the name of an account \(AccountName.rule)"]
      + serviceLines.map { $0.isEmpty || $0.hasPrefix("  #") ? $0 : "  # \($0)" }
  }

  private var serviceLines: [String] {
    let shown = YAMLText.scalar(name)
    var lines = [""] + (doubts + attributeDoubts).map { "  # doubt: \(name): \($0)" }
    lines += ["  \(shown):", "    database:", "      account: \(shown)", "      level: \(level.rawValue)"]
    if !limits.isEmpty { lines.append("      limits: { \(limits.joined(separator: ", ")) }") }
    let settings = role.settings.filter { RestrictingSetting(rawValue: $0.key) != nil }.sorted {
      $0.key < $1.key
    }
    if !settings.isEmpty {
      let words = settings.map { "\($0.key): \(YAMLText.scalar($0.value))" }
      lines.append("      settings: { \(words.joined(separator: ", ")) }")
    }
    lines.append(grants.isEmpty ? "      grants: {}" : "      grants:")
    lines += grantLines
    if !also.isEmpty {
      lines.append("      also: # doubt: rights beside those on rows; a service seldom needs them")
      lines += also.map { "        - \(YAMLText.scalar($0))" }
    }
    return lines
  }

  private var level: AccessLevel {
    let writes = grants.filter(\.verb.isWrite)
    if writes.isEmpty { return .readOnly }
    return writes.allSatisfy { $0.rows != nil } ? .scopedReadWrite : .readWrite
  }

  private var limits: [String] {
    let connections = role.connectionLimit > 0 ? ["connections: \(role.connectionLimit)"] : []
    let times = [
      ("statement", PostgresRole.Setting.statementTimeout),
      ("idle_in_transaction", PostgresRole.Setting.idleInTransactionTimeout),
    ].compactMap { word, setting in
      role.settings[setting].flatMap(PostgresDuration.milliseconds).map { "\(word): \($0)ms" }
    }
    return connections + times
  }

  private var attributeDoubts: [String] {
    let known = Set(RestrictingSetting.allCases.map(\.rawValue))
      .union([PostgresRole.Setting.statementTimeout, PostgresRole.Setting.idleInTransactionTimeout])
      .union(PostgresState.sessionSettings)
    let settings = role.settings.keys.filter { !known.contains($0.lowercased()) }.sorted().map {
      "\($0) is set for it, which the manifest cannot say: `plan` resets it"
    }
    let attributes = role.attributes.filter { $0.isSet && $0.word != "LOGIN" }.map {
      "it has the attribute \($0.word): `plan` takes it"
    }
    return settings + attributes + (role.passwordExpires ? ["its password expires: `plan` ends that"] : [])
  }

  private var grantLines: [String] {
    tables.flatMap { table -> [String] in
      let own = grants.filter { $0.table == table.name }.sorted { $0.verb < $1.verb }
      guard !own.isEmpty else { return [] }
      let key = "        \(YAMLText.scalar(table.name)):"
      if own.allSatisfy({ $0.columns == .all && $0.rows == nil }) {
        return ["\(key) [\(own.map(\.verb.rawValue).joined(separator: ", "))]"]
      }
      return [key] + own.map { "          \($0.verb.rawValue): \($0.extentText)" }
    }
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
      object.schema != "information_schema"
    else { return nil }
    let name =
      object.schema.map { $0 == TableName.home ? object.name : "\($0).\(object.name)" } ?? object.name
    self.init(privilege.privilege, on: kind, name)
  }
}
