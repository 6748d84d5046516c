import Schema
import Yams

/// The grantee of the grants that are being read. It determines which grants are allowed.
enum GrantOwner {
  /// Every service account; only select is allowed.
  case everyone
  /// A service's account, which also has the grants of everyone.
  case service(ServiceDraft, level: AccessLevel, everyone: [TableGrant])

  var name: String {
    switch self {
    case .everyone: GrantPlace.everyone
    case .service(let draft, _, _): draft.name
    }
  }
}

extension ManifestParser {
  mutating func grants(_ node: Node, for owner: GrantOwner) -> [TableGrant] {
    placedGrants(node, for: owner).map(\.grant)
  }

  mutating func placedGrants(_ node: Node, for owner: GrantOwner) -> [PlacedGrant] {
    var found: [PlacedGrant] = []
    let holder = owner.name
    for entry in expanded(reader.entries(node, of: "grants")) {
      let table = ManifestWord(text: entry.name, place: entry.key)
      guard isKnownTable(table), let definition = tables[table.text] else { continue }
      checkOwner(of: table, for: owner)
      let grants = tableGrants(entry.value, on: definition, of: holder)
      for grant in grants {
        check(grant, for: owner)
        places[GrantPlace(holder: holder, table: table.text, verb: grant.grant.verb)] =
          grant.place.line
      }
      found += grants.map { $0.ofPattern(entry.pattern) }
      checkScopedWritesCanRead(grants)
    }
    return withoutRepeated(found)
  }

  /// Reads a list of verbs, or a mapping from verbs to their limits.
  private mutating func tableGrants(
    _ node: Node, on table: TableDefinition, of holder: String
  ) -> [PlacedGrant] {
    var seen: Set<TableVerb> = []
    switch node {
    case .sequence:
      return reader.words(node, of: "grants on '\(table.name)'").compactMap { word in
        verb(word, seen: &seen).map { PlacedGrant(TableGrant(table: table.name, verb: $0), at: word.place) }
      }
    case .mapping:
      return reader.entries(node, of: "grants on '\(table.name)'").flatMap { entry in
        let limits = grantLimits(entry.value, on: table)
        let verbs = verbs(entry, seen: &seen)
        if let allow = limits.allow {
          self.allow(allow, at: Set(verbs.map { .grant(holder: holder, table: table.name, verb: $0) }))
        }
        return verbs.map { verb in
          placed(verb, limits, on: table, at: entry.key)
        }
      }
    case .scalar, .alias:
      reader.report(
        node, "grants on '\(table.name)' must be a list of verbs, or a mapping from verbs to limits")
      return []
    }
  }

  private mutating func placed(
    _ verb: TableVerb, _ limits: GrantLimits, on table: TableDefinition, at place: TextPlace
  ) -> PlacedGrant {
    if limits.columns != .all, !verb.takesColumns {
      reader.report(place, "'\(verb.rawValue)' takes no columns: it deletes whole rows")
    }
    return PlacedGrant(
      TableGrant(table: table.name, verb: verb, columns: limits.columns, rows: limits.rows), at: place)
  }

  /// The verbs of a key such as `select` or `select, insert`.
  private mutating func verbs(_ entry: ManifestEntry, seen: inout Set<TableVerb>) -> [TableVerb] {
    entry.name.split(separator: ",").compactMap { part in
      let word = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      return verb(ManifestWord(text: word, place: entry.key), seen: &seen)
    }
  }

  private mutating func verb(_ word: ManifestWord, seen: inout Set<TableVerb>) -> TableVerb? {
    guard let verb = TableVerb(rawValue: word.text) else {
      let known = TableVerb.allCases.map(\.rawValue)
      reader.report(word.place, "unknown verb '\(word.text)'\(Spelling.hint(for: word.text, among: known))")
      return nil
    }
    guard seen.insert(verb).inserted else {
      reader.report(word.place, "'\(verb.rawValue)' is granted twice")
      return nil
    }
    return verb
  }

  // MARK: Columns and rows

  private mutating func grantLimits(_ node: Node, on table: TableDefinition) -> GrantLimits {
    if case .scalar(let scalar) = node, scalar.string == "all" { return GrantLimits() }
    guard case .mapping = node else {
      reader.report(node, "expected 'all', or { columns: [...] }, or { rows: { column: value } }")
      return GrantLimits()
    }
    let fields = reader.fields(
      node, of: "the grant on '\(table.name)'", required: [], optional: ["columns", "rows", "allow"])
    return GrantLimits(
      columns: fields["columns"].map { columns($0.value, of: table) } ?? .all,
      rows: fields["rows"].flatMap { rows($0.value, of: table) }, allow: fields["allow"]?.value)
  }

  private mutating func columns(_ node: Node, of table: TableDefinition) -> ColumnSet {
    let words = reader.words(node, of: "columns")
    return .only(words.compactMap { column($0, of: table)?.name })
  }

  mutating func column(_ word: ManifestWord, of table: TableDefinition) -> ColumnDefinition? {
    if let column = table.columns.first(where: { $0.name == word.text }) { return column }
    if source == .named { return ColumnDefinition(name: word.text, type: .text) }
    let hint = Spelling.hint(for: word.text, among: table.columns.map(\.name))
    reader.report(word.place, "table '\(table.name)' has no column '\(word.text)'\(hint)")
    return nil
  }

  private mutating func rows(_ node: Node, of table: TableDefinition) -> RowScope? {
    let entries = reader.entries(node, of: "rows")
    guard let entry = entries.first, entries.count == 1 else {
      reader.report(node, "rows must name exactly one column and its value")
      return nil
    }
    let word = ManifestWord(text: entry.name, place: entry.key)
    guard let column = column(word, of: table),
      let value = reader.text(entry.value, of: "the value of '\(entry.name)'")
    else { return nil }
    if let problem = RowScopeRule.problem(with: value, in: column) {
      reader.report(entry.value, problem)
      return nil
    }
    guard Self.isText(entry.value) else {
      reader.report(
        entry.value,
        "YAML reads the value \(value) of '\(entry.name)' as null, a number, a boolean or a date: quote it")
      return nil
    }
    return RowScope(column: column.name, value: value)
  }

  /// Whether readers of YAML 1.1 and 1.2 take the value for text. Quotes are a tag to the parser, and a plain word has none.
  private static func isText(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    let tag = scalar.tag.rawValue
    return tag.isEmpty ? PlainWord.isText(scalar.string) : tag == Tag.Name.str.rawValue
  }
}

/// The columns and rows that a grant is limited to.
struct GrantLimits {
  var columns: ColumnSet = .all
  var rows: RowScope?
  /// The rules of the lint that are switched off for the grant.
  var allow: Node?
}

/// A grant and its place in the file.
struct PlacedGrant {
  let grant: TableGrant
  let place: TextPlace
  /// The pattern that covers its table, where no entry names it.
  private(set) var pattern: String?

  init(_ grant: TableGrant, at place: TextPlace) {
    self.grant = grant
    self.place = place
  }

  var isOfPattern: Bool { pattern != nil }

  func ofPattern(_ pattern: String?) -> PlacedGrant {
    var copy = self
    copy.pattern = pattern
    return copy
  }
}
