import Schema
import Yams

extension AccessManifest {
  /// Parses and checks a manifest's text against the tables of the schema.
  ///
  /// `file` is used in messages alone.
  package static func parse(
    _ text: String, file: String = "access.yaml", tables: [TableDefinition] = Schema.tables
  ) throws(ManifestErrors) -> AccessManifest {
    let root = try compose(text, file: file)
    var parser = ManifestParser(file: file, tables: tables)
    let manifest = parser.manifest(root)
    let problems = parser.reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    guard problems.isEmpty, let manifest else { throw ManifestErrors(problems: problems) }
    return manifest
  }
}

/// Reads the document in three passes: what the services say of themselves, whose each table is, and the grants,
/// which can be judged only when the other two are known.
struct ManifestParser {
  var reader: ManifestReader
  let tables: [String: TableDefinition]
  let tableOrder: [String]
  var owners: [String: TableOwner] = [:]
  private var accountLines: [String: Int] = [:]
  private var secretLines: [String: Int] = [:]

  init(file: String, tables: [TableDefinition]) {
    reader = ManifestReader(file: file)
    self.tables = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    tableOrder = tables.map(\.name)
  }

  mutating func manifest(_ root: Node) -> AccessManifest? {
    let fields = reader.fields(
      root, of: "the manifest", required: ["version", "administrators", "services"],
      optional: ["shared", "everyone"])
    if let version = fields["version"] { _ = reader.integer(version, within: 1...1) }
    let administrators = fields["administrators"].flatMap { self.administrators($0.value) }
    if let shared = fields["shared"] { self.shared(shared.value) }
    let drafts = fields["services"].map { serviceDrafts($0.value) } ?? []
    claimTables(of: drafts)
    reportUnownedTables(root)
    let everyone = fields["everyone"].map { grants($0.value, for: .everyone) } ?? []
    let accounts = drafts.map { accesses($0, everyone: everyone, among: drafts) }
    guard let administrators else { return nil }
    return AccessManifest(
      administrators: administrators, services: zip(drafts, accounts).map { $0.access(with: $1) },
      owners: owners, databaseAccounts: accounts.compactMap(\.database),
      cacheAccounts: accounts.compactMap(\.cache))
  }

  private mutating func administrators(_ node: Node) -> Administrators? {
    let fields = reader.fields(node, of: "administrators", required: ["database", "cache"])
    guard let database = fields["database"], let cache = fields["cache"] else { return nil }
    let databaseFields = reader.fields(
      database.value, of: "the database administrator", required: ["account"], optional: ["owns"])
    let cacheFields = reader.fields(cache.value, of: "the cache administrator", required: ["account"])
    if let owns = databaseFields["owns"] {
      for table in reader.words(owns.value, of: "owns") { claim(table, for: .administrator) }
    }
    guard let databaseName = databaseFields["account"].flatMap({ accountName($0) }),
      let cacheName = cacheFields["account"].flatMap({ accountName($0) })
    else { return nil }
    return Administrators(databaseAccount: databaseName, cacheAccount: cacheName)
  }

  private mutating func shared(_ node: Node) {
    for entry in reader.entries(node, of: "shared") {
      let fields = reader.fields(entry.value, of: "shared table '\(entry.name)'", required: ["append_only"])
      let appendOnly = fields["append_only"].flatMap { reader.boolean($0) } ?? true
      claim(ManifestWord(text: entry.name, node: entry.key), for: .shared(appendOnly: appendOnly))
    }
  }

  private mutating func claimTables(of drafts: [ServiceDraft]) {
    for draft in drafts {
      for table in draft.owns { claim(table, for: .service(draft.name)) }
    }
  }

  /// Notes whose a table is; a table has one owner.
  private mutating func claim(_ table: ManifestWord, for owner: TableOwner) {
    guard isKnownTable(table) else { return }
    if let other = owners[table.text] {
      reader.report(table.node, "table '\(table.text)' is already owned by \(other.words)")
      return
    }
    owners[table.text] = owner
    checkAgainstSchema(table, owner)
  }

  /// The schema names owners as well, because references stay inside one; the two must not disagree.
  private mutating func checkAgainstSchema(_ table: ManifestWord, _ owner: TableOwner) {
    guard let definition = tables[table.text] else { return }
    let agrees =
      switch owner {
      case .service(let name): definition.owner == name
      case .shared: definition.owner == nil
      case .administrator: definition.owner != nil
      }
    if !agrees {
      let other = definition.owner.map { "'\($0)'" } ?? "nobody (shared)"
      reader.report(table.node, "the schema says that table '\(table.text)' is owned by \(other)")
    }
  }

  private mutating func reportUnownedTables(_ root: Node) {
    for table in tableOrder where owners[table] == nil {
      reader.report(
        root, "table '\(table)' is owned by nobody: name it under owns of a service, or under shared")
    }
  }

  /// Whether the schema has the table; if not, a problem.
  mutating func isKnownTable(_ table: ManifestWord) -> Bool {
    if tables[table.text] != nil { return true }
    reader.report(
      table.node, "unknown table '\(table.text)'\(Spelling.hint(for: table.text, among: tableOrder))")
    return false
  }

  /// An account's name: unique over the database and the cache, because its credential is a file of that name.
  mutating func accountName(_ entry: ManifestEntry) -> String? {
    guard let name = reader.text(entry.value, of: "'account'") else { return nil }
    guard AccountName.isValid(name) else {
      reader.report(entry.value, "account '\(name)' \(AccountName.rule)")
      return nil
    }
    if let line = accountLines[name] {
      reader.report(entry.value, "account '\(name)' is already declared in line \(line)")
      return nil
    }
    accountLines[name] = entry.value.mark?.line ?? 0
    return name
  }

  /// Whether no other service holds the secret already; if not, a problem.
  mutating func isUnclaimed(secret entry: ManifestEntry) -> Bool {
    if let line = secretLines[entry.name] {
      reader.report(
        entry.key,
        "secret '\(entry.name)' is already held by the service in line \(line): what two hold is no secret")
      return false
    }
    secretLines[entry.name] = entry.key.mark?.line ?? 0
    return true
  }
}

extension TableOwner {
  /// The owner as messages name it.
  var words: String {
    switch self {
    case .service(let name): "service '\(name)'"
    case .shared: "nobody (it is shared)"
    case .administrator: "the administrator"
    }
  }
}

/// What an account may be called: a name that needs no escaping in a file name, a role, an ACL or a log.
enum AccountName {
  static let maximumCharacters = 48
  static let rule =
    "must be 2 to 48 of a-z, 0-9 and '-', begin with a letter, and not be a word of the engine"

  /// Names that an engine gives a meaning of its own.
  private static let reserved: Set<String> = ["public", "none", "default", "postgres", "root", "user"]

  static func isValid(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (2...maximumCharacters).contains(bytes.count), !reserved.contains(name) else { return false }
    guard let first = bytes.first, isLetter(first) else { return false }
    return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}
