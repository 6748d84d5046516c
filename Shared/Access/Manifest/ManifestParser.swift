import Schema
import Yams

extension AccessManifest {
  /// Parses and checks a manifest's text against the tables of the schema.
  ///
  /// `catalog` has the tables of the database of a manifest with `schema: live`. The parser uses `file` only in messages.
  package static func parse(
    _ text: String, file: String = "access.yaml", tables: [TableDefinition] = Schema.tables,
    catalog: [TableDefinition]? = nil
  ) throws(ManifestErrors) -> AccessManifest {
    try ManifestDocument(text: text, file: file).manifest(tables: tables, over: catalog)
  }
}

/// Reads the document in three passes: first the services, then the owners of the tables, then the grants.
///
/// The checks of the grants need the services and the owners.
struct ManifestParser {
  var reader: ManifestReader
  var tables: [String: TableDefinition]
  var tableOrder: [String]
  var source = TableSource.compiled
  let catalog: [TableDefinition]?
  var profiles: [String: ManifestEntry] = [:]
  var owners: [String: TableOwner] = [:]
  var places: [GrantPlace: Int] = [:]
  var declarations = LintDeclarations()
  private var accountLines: [String: Int] = [:]
  private var secretLines: [String: Int] = [:]

  init(file: String, tables: [TableDefinition], catalog: [TableDefinition]?) {
    self.catalog = catalog
    reader = ManifestReader(file: file)
    self.tables = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    tableOrder = tables.map(\.name)
  }

  mutating func manifest(_ root: Node) -> AccessManifest? {
    let fields = reader.fields(
      root, of: "the manifest", required: ["version", "administrators", "services"],
      optional: ["database", "shared", "everyone", "scope", "schema", "profiles", "secret_columns", "allow"])
    if let schema = fields["schema"] { readSource(schema.value) }
    let knowsTables = reader.problems.isEmpty
    if let profiles = fields["profiles"] { readProfiles(profiles) }
    if let version = fields["version"] { _ = reader.integer(version, within: 1...1) }
    let administrators = fields["administrators"].flatMap { self.administrators($0.value) }
    let databaseSettings = fields["database"].map { self.databaseSettings($0.value) } ?? [:]
    if let shared = fields["shared"] { self.shared(shared.value) }
    let drafts = fields["services"].map { serviceDrafts($0.value) } ?? []
    claimTables(of: drafts)
    checkCache(drafts, administrators)
    // A misspelled 'schema' or 'services' is one error, and not another one for each table.
    if source == .compiled, knowsTables, fields["services"] != nil { reportUnownedTables(root) }
    let everyone = fields["everyone"].map { grants($0.value, for: .everyone) } ?? []
    let accounts = drafts.map { accesses($0, everyone: everyone, among: drafts) }
    let own =
      accounts.flatMap { [$0.database?.name, $0.cache?.name].compactMap { $0 } }
      + [administrators?.databaseAccount, administrators?.cacheAccount].compactMap { $0 }
    let scope = fields["scope"].map { self.scope($0.value, own: own) } ?? AccessScope()
    if let secret = fields["secret_columns"] { secretColumns(secret.value) }
    if let allow = fields["allow"] { self.allow(allow.value, at: [.manifest]) }
    guard let administrators else { return nil }
    let owners = ownersOfManaged(accounts.compactMap(\.database))
    return AccessManifest(
      administrators: administrators, databaseSettings: databaseSettings,
      services: zip(drafts, accounts).map { $0.access(with: $1) },
      owners: owners,
      databaseAccounts: accounts.compactMap(\.database),
      cacheAccounts: accounts.compactMap(\.cache), scope: scope, lint: declarations, places: places,
      tables: managedTables(owners), source: source)
  }

  private mutating func administrators(_ node: Node) -> Administrators? {
    let isLive = source != .compiled
    let fields = reader.fields(
      node, of: "administrators", required: isLive ? ["database"] : ["database", "cache"],
      optional: isLive ? ["cache"] : [])
    guard let database = fields["database"] else { return nil }
    let databaseFields = reader.fields(
      database.value, of: "the database administrator", required: ["account"], optional: ["owns"])
    if let owns = databaseFields["owns"] {
      for table in reader.words(owns.value, of: "owns") { claim(table, for: .administrator) }
    }
    let databaseName = databaseFields["account"].flatMap { accountName($0) }
    let cacheName = cacheAdministrator(fields["cache"])
    guard let databaseName, let cacheName else { return nil }
    var administrators = Administrators(databaseAccount: databaseName, cacheAccount: cacheName)
    administrators.hasCache = fields["cache"] != nil
    return administrators
  }

  /// Reports the accounts of a cache that no administrator stands for.
  private mutating func checkCache(_ drafts: [ServiceDraft], _ administrators: Administrators?) {
    guard administrators?.hasCache == false else { return }
    for draft in drafts {
      guard let cache = draft.cache else { continue }
      reader.report(
        cache.key,
        "'\(draft.name)' has a cache account, and 'administrators' names no 'cache': add { account: NAME }")
    }
  }

  /// A live manifest may describe a fleet without a cache; the name then stands for no user.
  private mutating func cacheAdministrator(_ entry: ManifestEntry?) -> String? {
    guard let entry else { return source == .compiled ? nil : "cache-admin" }
    let fields = reader.fields(entry.value, of: "the cache administrator", required: ["account"])
    return fields["account"].flatMap { accountName($0) }
  }

  /// The one value is written down for readers of the manifest: the tables hold times in UTC, so that no other zone is
  /// right.
  private mutating func databaseSettings(_ node: Node) -> [String: String] {
    let fields = reader.fields(
      node, of: "the database", required: ["time_zone"], optional: ["settings", "max_connections"])
    if let zone = fields["time_zone"], let name = reader.text(zone.value, of: "time_zone"),
      name != AccessManifest.timeZone
    {
      reader.report(zone.value, "time_zone must be \(AccessManifest.timeZone), in which every time is stored")
    }
    if let connections = fields["max_connections"] {
      declarations.serverConnections = reader.integer(connections, within: 1...100_000)
    }
    return fields["settings"].map { settings($0.value) } ?? [:]
  }

  /// Parameters that restrict sessions, each once.
  mutating func settings(_ node: Node) -> [String: String] {
    var found: [String: String] = [:]
    for entry in reader.entries(node, of: "settings") {
      guard let setting = RestrictingSetting(rawValue: entry.name) else {
        let known = RestrictingSetting.allCases.map(\.rawValue)
        reader.report(
          entry.key,
          "'\(entry.name)' is no setting that only restricts (\(known.joined(separator: ", ")))"
            + Spelling.hint(for: entry.name, among: known))
        continue
      }
      guard let value = reader.text(entry.value, of: "'\(entry.name)'") else { continue }
      if let problem = setting.problem(with: value) {
        reader.report(entry.value, problem)
      } else {
        found[entry.name] = value
      }
    }
    return found
  }

  private mutating func shared(_ node: Node) {
    for entry in reader.entries(node, of: "shared") {
      let fields = reader.fields(entry.value, of: "shared table '\(entry.name)'", required: ["append_only"])
      let appendOnly = fields["append_only"].flatMap { reader.boolean($0) } ?? true
      claim(ManifestWord(text: entry.name, place: entry.key), for: .shared(appendOnly: appendOnly))
    }
  }

  private mutating func claimTables(of drafts: [ServiceDraft]) {
    for draft in drafts {
      for table in draft.owns.flatMap(expanded) { claim(table, for: .service(draft.name)) }
    }
  }

  /// Records the owner of a table, and reports a second one.
  private mutating func claim(_ table: ManifestWord, for owner: TableOwner) {
    guard isKnownTable(table) else { return }
    if let other = owners[table.text] {
      reader.report(table.place, "table '\(table.text)' already belongs to \(other.words)")
      return
    }
    owners[table.text] = owner
    checkAgainstSchema(table, owner)
  }

  /// Reports an owner that differs from the schema's. The schema has owners too, because foreign keys stay within one.
  private mutating func checkAgainstSchema(_ table: ManifestWord, _ owner: TableOwner) {
    guard source == .compiled, let definition = tables[table.text] else { return }
    let agrees =
      switch owner {
      case .service(let name): definition.owner == name
      case .shared: definition.owner == nil
      case .administrator: definition.owner != nil
      }
    if !agrees {
      let other = definition.owner.map { "'\($0)'" } ?? "no service (it is shared)"
      reader.report(
        table.place, "the owner of table '\(table.text)' differs from the schema, where it is \(other)")
    }
  }

  private mutating func reportUnownedTables(_ root: Node) {
    let unowned = tableOrder.filter { owners[$0] == nil }
    guard !unowned.isEmpty else { return }
    let names = unowned.map { "'\($0)'" }.joined(separator: ", ")
    let subject = unowned.count == 1 ? "table \(names) has" : "tables \(names) have"
    reader.report(
      root,
      "\(subject) no owner: if the manifest is older than this tool, take the one of the tool's release; else add each "
        + "to 'owns' of a service, or to 'shared'")
  }

  /// Whether the schema has the table. Reports an unknown table.
  mutating func isKnownTable(_ table: ManifestWord) -> Bool {
    if tables[table.text] != nil || isAccepted(table.text) { return true }
    if source == .catalog { return reportMissing(table) }
    reader.report(
      table.place, "unknown table '\(table.text)'\(Spelling.hint(for: table.text, among: tableOrder))")
    return false
  }

  /// Reads an account's name. It is unique over database and cache, because the credential file has the same name.
  mutating func accountName(_ entry: ManifestEntry) -> String? {
    guard let name = reader.text(entry.value, of: "'account'") else { return nil }
    guard AccountName.isValid(name, withUnderscores: source != .compiled) else {
      reader.report(entry.value, "account '\(name)' \(AccountName.rule)")
      return nil
    }
    if let line = accountLines[name] {
      reader.report(entry.value, "account '\(name)' is declared twice, first in line \(line)")
      return nil
    }
    accountLines[name] = entry.value.mark?.line ?? 0
    return name
  }

  /// Whether this is the only service with the secret. Reports a second one.
  mutating func isUnclaimed(secret entry: ManifestEntry) -> Bool {
    if let line = secretLines[entry.name] {
      reader.report(
        entry.key,
        "secret '\(entry.name)' is declared twice, first in line \(line): only one service may hold it")
      return false
    }
    secretLines[entry.name] = entry.key.line ?? 0
    return true
  }
}

extension TableOwner {
  /// The owner's name in messages.
  var words: String {
    switch self {
    case .service(let name): "service '\(name)'"
    case .shared: "the shared tables"
    case .administrator: "the administrator"
    }
  }
}

/// The rule for names of accounts: they need no escaping in a file name, a role, an ACL or a log.
package enum AccountName {
  static let maximumCharacters = 48
  /// The rule in words.
  package static let rule =
    "must have 2 to 48 characters of a-z, 0-9 and '-', begin with a letter, and not be a reserved word"

  /// Names with a special meaning in an engine.
  private static let reserved: Set<String> = ["public", "none", "default", "postgres", "root", "user"]

  /// Whether a manifest may have an account of this name.
  package static func isValid(_ name: String, withUnderscores: Bool = false) -> Bool {
    let bytes = Array(name.utf8)
    guard (2...maximumCharacters).contains(bytes.count), !reserved.contains(name) else { return false }
    guard let first = bytes.first, isLetter(first) else { return false }
    return bytes.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || (withUnderscores && $0 == 0x5F)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
