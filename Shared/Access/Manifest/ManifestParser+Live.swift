import Schema
import Yams

/// Reads what only a manifest over a live database has: its tables by name and by pattern, and profiles of accounts.
extension ManifestParser {
  /// Reads `schema:`. From here on, tables are looked up in the catalog, or taken by name where none was read.
  mutating func readSource(_ node: Node) {
    guard let word = reader.text(node, of: "schema") else { return }
    guard word == "live" || word == "compiled" else {
      reader.report(node, "schema must be live or compiled, not '\(word)'")
      return
    }
    guard word == "live" else { return }
    source = catalog == nil ? .named : .catalog
    tables = Dictionary((catalog ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    tableOrder = (catalog ?? []).map(\.name)
  }

  /// Whether the name is taken without a catalog. A pattern then stands for its tables.
  mutating func isAccepted(_ name: String) -> Bool {
    guard source == .named else { return false }
    tables[name] = TableDefinition(name: name, owner: nil, columns: [])
    tableOrder.append(name)
    return true
  }

  /// Reports a table that the database lacks.
  mutating func reportMissing(_ table: ManifestWord) -> Bool {
    reader.report(
      table.place,
      "the database has no table or view '\(table.text)'\(Spelling.hint(for: table.text, among: tableOrder))")
    return false
  }

  /// The tables with an owner or a grant; all others of the database are not the manifest's.
  func managedTables(_ owners: [String: TableOwner]) -> [TableDefinition] {
    tableOrder.compactMap { source == .compiled || owners[$0] != nil ? tables[$0] : nil }
  }

  /// A table with a grant and without an owner is shared: who owns it is unknown in a database that was not made here.
  func ownersOfManaged(_ accounts: [DatabaseAccount]) -> [String: TableOwner] {
    var owners = owners
    guard source != .compiled else { return owners }
    for account in accounts {
      for grant in account.grants where owners[grant.table] == nil {
        owners[grant.table] = .shared(appendOnly: false)
      }
    }
    return owners
  }

  // MARK: Patterns

  /// The tables of a word such as `sales.*`.
  func expanded(_ word: ManifestWord) -> [ManifestWord] {
    guard source == .catalog, word.isPattern else { return [word] }
    return matches(word.text).map { ManifestWord(text: $0, place: word.place) }
  }

  /// The entries of grants with one for each table of a pattern, but those of `except` and those with an own entry.
  mutating func expanded(_ entries: [ManifestEntry]) -> [ManifestEntry] {
    guard source != .compiled, entries.contains(where: \.isPattern) else { return entries }
    let named = Set(entries.filter { !$0.isPattern }.map(\.name))
    return entries.flatMap { entry -> [ManifestEntry] in
      guard entry.isPattern else { return [entry] }
      let (value, exceptions) = withoutExceptions(entry)
      guard source == .catalog else {
        let pattern = exceptions.isEmpty ? entry.name : nil
        return [ManifestEntry(name: entry.name, key: entry.key, value: value, pattern: pattern)]
      }
      let found = matches(entry.name)
      if found.isEmpty { reader.report(entry.key, "no table of the database matches '\(entry.name)'") }
      return found.filter { name in
        !named.contains(name) && !exceptions.contains { isOf(name, NamePattern($0.text)) }
      }.map { ManifestEntry(name: $0, key: entry.key, value: value, pattern: entry.name) }
    }
  }

  /// Whether the pattern covers the table, or one that it is a partition or a child of.
  private func isOf(_ name: String, _ pattern: NamePattern) -> Bool {
    pattern.matches(name) || (tables[name]?.ancestors.contains(where: pattern.matches) ?? false)
  }

  /// The grants of one account without those by which a pattern would undo the limits of an entry.
  ///
  /// A policy limits the reading of the table that a statement names. So a pattern leaves out the relations that show rows
  /// of a table with `rows:`: its partitions, children, parents and views. It also leaves out the partitions and children
  /// of a table whose entry names columns.
  private func withinLimits(_ grants: [PlacedGrant]) -> [TableGrant] {
    var scopes: [String: Set<RowScope>] = [:]
    var narrowed: Set<String> = []
    for placed in grants {
      if let rows = placed.grant.rows { scopes[placed.grant.table, default: []].insert(rows) }
      if placed.grant.columns != .all, !placed.isOfPattern { narrowed.insert(placed.grant.table) }
    }
    return grants.filter { placed in
      guard placed.isOfPattern, let table = tables[placed.grant.table] else { return true }
      let isScoped = table.shown.contains { shown in
        scopes[shown]?.contains { $0 != placed.grant.rows } ?? false
      }
      return !isScoped && narrowed.isDisjoint(with: table.ancestors)
    }.map(\.grant)
  }

  private mutating func withoutExceptions(_ entry: ManifestEntry) -> (Node, [ManifestWord]) {
    guard case .mapping(var mapping) = entry.value, let except = mapping["except"] else {
      return (entry.value, [])
    }
    mapping["except"] = nil
    let words = reader.words(except, of: "except")
    for word in words where source == .catalog && matches(word.text).isEmpty {
      reader.report(word.place, "no table of the database matches '\(word.text)'")
    }
    return (.mapping(mapping), words)
  }

  /// The tables that a pattern covers. `*` alone covers the home schema, `sales.*` the schema sales.
  private func matches(_ pattern: String) -> [String] {
    let (hasSchema, names) = (pattern.hasByte(of: "."), NamePattern(pattern))
    return tableOrder.filter { hasSchema == $0.hasByte(of: ".") && names.matches($0) }
  }

  // MARK: Profiles

  /// Reads `profiles:`, each with the fields of a database account but its name.
  mutating func readProfiles(_ entry: ManifestEntry) {
    guard source != .compiled else {
      reader.report(entry.key, "'profiles' needs 'schema: live'")
      return
    }
    for profile in reader.entries(entry.value, of: "profiles") {
      profiles[profile.name] = profile
      _ = reader.fields(
        profile.value, of: "profile '\(profile.name)'", required: ["level", "grants"],
        optional: ["limits", "settings", "also"])
    }
  }

  /// The fields of a database account, completed by those of its profile.
  mutating func databaseFields(_ entry: ManifestEntry, of draft: ServiceDraft) -> [String: ManifestEntry] {
    let what = "database of '\(draft.name)'"
    if source == .compiled {
      return reader.fields(
        entry.value, of: what, required: ["account", "level", "limits", "grants"],
        optional: ["settings", "allow"])
    }
    let all = ["like", "level", "limits", "grants", "settings", "also", "allow"]
    var fields = reader.fields(entry.value, of: what, required: ["account"], optional: all)
    if let like = fields["like"], let name = reader.text(like.value, of: "like") {
      guard let profile = profiles[name] else {
        let hint = Spelling.hint(for: name, among: profiles.keys.sorted())
        reader.report(like.value, "unknown profile '\(name)'\(hint)")
        return fields
      }
      for field in reader.entries(profile.value, of: "profile '\(name)'") {
        let key = field.name == "grants" ? Self.profileGrants : field.name
        if fields[key] == nil { fields[key] = field }
      }
    }
    for name in ["level", "grants"] where fields[name] == nil && fields[Self.profileGrants] == nil {
      reader.report(entry.value, "\(what) lacks '\(name)'")
    }
    return fields
  }

  /// The account's own grants, and those of its profile on the tables that it has no own grant on.
  mutating func accountGrants(_ fields: [String: ManifestEntry], for owner: GrantOwner) -> [TableGrant] {
    let own = fields["grants"].map { placedGrants($0.value, for: owner) } ?? []
    guard let profile = fields[Self.profileGrants] else { return withinLimits(own) }
    let tables = Set(own.map(\.grant.table))
    let shared = placedGrants(profile.value, for: owner).filter { !tables.contains($0.grant.table) }
    return withinLimits(own + shared)
  }

  private static let profileGrants = "grants of the profile"
}
