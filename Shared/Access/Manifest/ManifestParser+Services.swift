import Yams

/// A service as the first pass reads it: its words with their places, and its accounts still unparsed.
struct ServiceDraft {
  let name: String
  let owns: [ManifestWord]
  let partOf: ManifestWord?
  let isOfPeople: Bool
  let reaches: [(table: ManifestWord, reason: String)]
  let secrets: [SecretUse]
  let network: [NetworkEdge]
  let database: ManifestEntry?
  let cache: ManifestEntry?

  func access(with accounts: ServiceAccounts) -> ServiceAccess {
    ServiceAccess(
      name: name, partOf: partOf?.text, isOfPeople: isOfPeople, owns: owns.map(\.text),
      reaches: reaches.map { Reach(table: $0.table.text, reason: $0.reason) },
      secrets: secrets, network: network, databaseAccount: accounts.database?.name ?? "",
      cacheAccount: accounts.cache?.name)
  }
}

/// The accounts of one service.
struct ServiceAccounts {
  let database: DatabaseAccount?
  let cache: CacheAccount?
}

extension ManifestParser {
  mutating func serviceDrafts(_ node: Node) -> [ServiceDraft] {
    let entries = reader.entries(node, of: "services")
    if entries.isEmpty { reader.report(node, "services is empty") }
    return entries.map { serviceDraft($0) }
  }

  private mutating func serviceDraft(_ entry: ManifestEntry) -> ServiceDraft {
    if !AccountName.isValid(entry.name, withUnderscores: source != .compiled) {
      reader.report(entry.key, "service '\(entry.name)' \(AccountName.rule)")
    }
    let fields = reader.fields(
      entry.value, of: "service '\(entry.name)'", required: ["database"],
      optional: ["owns", "part_of", "used_by", "reaches", "secrets", "network", "cache"])
    let partOf = fields["part_of"].flatMap { field in
      reader.text(field.value, of: "'part_of'").map { ManifestWord(text: $0, place: TextPlace(field.value)) }
    }
    return ServiceDraft(
      name: entry.name,
      owns: fields["owns"].map { reader.words($0.value, of: "owns") } ?? [], partOf: partOf,
      isOfPeople: fields["used_by"].map { isOfPeople($0, fields) } ?? false,
      reaches: fields["reaches"].map { reaches($0.value) } ?? [],
      secrets: fields["secrets"].map { secrets($0.value) } ?? [],
      network: fields["network"].map { network($0.value) } ?? [],
      database: fields["database"], cache: fields["cache"])
  }

  /// `used_by: people`. Nothing that only a program has belongs beside it.
  private mutating func isOfPeople(_ entry: ManifestEntry, _ fields: [String: ManifestEntry]) -> Bool {
    guard let word = reader.text(entry.value, of: "'used_by'") else { return false }
    guard word == "people" else {
      reader.report(entry.value, "unknown user '\(word)': expected 'people', or no 'used_by' for a program")
      return false
    }
    for name in ["owns", "part_of", "secrets", "network"] {
      guard let field = fields[name] else { continue }
      reader.report(field.key, "'\(name)' is for programs, and this account is used by people: remove it")
    }
    return true
  }

  private mutating func reaches(_ node: Node) -> [(table: ManifestWord, reason: String)] {
    reader.entries(node, of: "reaches").compactMap { entry in
      guard let reason = reader.text(entry.value, of: "the reason to reach '\(entry.name)'") else {
        return nil
      }
      return (ManifestWord(text: entry.name, place: entry.key), reason)
    }
  }

  mutating func accesses(
    _ draft: ServiceDraft, everyone: [TableGrant], among drafts: [ServiceDraft]
  ) -> ServiceAccounts {
    checkPartOf(draft, among: drafts)
    checkReaches(draft)
    return ServiceAccounts(
      database: draft.database.flatMap { databaseAccount($0, of: draft, everyone: everyone) },
      cache: draft.cache.flatMap { cacheAccount($0, of: draft) })
  }

  private mutating func checkPartOf(_ draft: ServiceDraft, among drafts: [ServiceDraft]) {
    guard let partOf = draft.partOf else { return }
    guard partOf.text != draft.name else {
      reader.report(partOf.place, "service '\(draft.name)' cannot be part of itself")
      return
    }
    guard let whole = drafts.first(where: { $0.name == partOf.text }) else {
      let hint = Spelling.hint(for: partOf.text, among: drafts.map(\.name).filter { $0 != draft.name })
      reader.report(partOf.place, "unknown service '\(partOf.text)'\(hint)")
      return
    }
    if whole.partOf != nil {
      reader.report(partOf.place, "'\(whole.name)' is itself part of another service")
    }
  }

  /// Reports reaches that do not name another service's table: they would hide the real ones.
  private mutating func checkReaches(_ draft: ServiceDraft) {
    for reach in draft.reaches where isKnownTable(reach.table) {
      let table = reach.table.text
      switch owners[table] {
      case .service(let owner) where owner != draft.name && owner != draft.partOf?.text: continue
      case .service:
        reader.report(
          reach.table.place, "table '\(table)' belongs to the service itself: remove it from 'reaches'")
      case .shared: reader.report(reach.table.place, "table '\(table)' is shared: remove it from 'reaches'")
      case .administrator:
        reader.report(
          reach.table.place, "table '\(table)' belongs to the administrator: grant it under 'everyone'")
      case nil: continue
      }
    }
  }

  // MARK: The database account

  private mutating func databaseAccount(
    _ entry: ManifestEntry, of draft: ServiceDraft, everyone: [TableGrant]
  ) -> DatabaseAccount? {
    let fields = databaseFields(entry, of: draft)
    let name = fields["account"].flatMap { accountName($0) }
    record(account: fields["account"], named: name)
    if let name, let allow = fields["allow"] { self.allow(allow.value, at: [.account(name)]) }
    let level = fields["level"].flatMap { self.level($0) }
    let limits = fields["limits"].map { self.limits($0) } ?? (source == .compiled ? nil : .unlimited)
    let settings = fields["settings"].map { self.settings($0.value) } ?? [:]
    guard let level else { return nil }
    let owner = GrantOwner.service(draft, level: level, everyone: everyone)
    let grants = accountGrants(fields, for: owner)
    checkUnusedReaches(draft, grants: grants)
    guard let name, let limits else { return nil }
    var account = DatabaseAccount(
      name: name, service: draft.name, level: level, limits: limits, grants: grants + everyone,
      settings: settings)
    account.also = fields["also"].map { furtherRights($0) } ?? []
    return account
  }

  private mutating func checkUnusedReaches(_ draft: ServiceDraft, grants: [TableGrant]) {
    for reach in draft.reaches
    where tables[reach.table.text] != nil && !grants.contains(where: { $0.table == reach.table.text }) {
      reader.report(
        reach.table.place,
        "'\(draft.name)' reaches table '\(reach.table.text)' but has no grant on it: remove the reach or add a grant"
      )
    }
  }

  private mutating func level(_ entry: ManifestEntry) -> AccessLevel? {
    guard let word = reader.text(entry.value, of: "'level'") else { return nil }
    if let level = AccessLevel(rawValue: word) { return level }
    let known = AccessLevel.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    reader.report(entry.value, "unknown level '\(word)': expected one of \(known)")
    return nil
  }

  private mutating func limits(_ entry: ManifestEntry) -> AccountLimits? {
    let fields = reader.fields(
      entry.value, of: "limits",
      required: source == .compiled ? Self.limitNames : [],
      optional: source == .compiled ? [] : Self.limitNames)
    let connections = fields["connections"].flatMap { reader.integer($0, within: 1...1000) }
    let statement = fields["statement"].flatMap { duration($0) }
    let idle = fields["idle_in_transaction"].flatMap { duration($0) }
    if source == .compiled, connections == nil || statement == nil || idle == nil { return nil }
    return AccountLimits(
      connections: connections, statementTimeoutMilliseconds: statement,
      idleInTransactionTimeoutMilliseconds: idle)
  }

  private static let limitNames = ["connections", "statement", "idle_in_transaction"]

  private mutating func duration(_ entry: ManifestEntry) -> Int? {
    guard let word = reader.text(entry.value, of: "'\(entry.name)'") else { return nil }
    if let milliseconds = ManifestDuration.milliseconds(word) { return milliseconds }
    reader.report(
      entry.value, "'\(entry.name)' must be a duration from 1ms to 60min (500ms, 5s, 2min), not '\(word)'")
    return nil
  }

  // MARK: The cache account

  private mutating func cacheAccount(_ entry: ManifestEntry, of draft: ServiceDraft) -> CacheAccount? {
    let fields = reader.fields(
      entry.value, of: "cache of '\(draft.name)'", required: ["account", "keys"], optional: ["allow"])
    let name = fields["account"].flatMap { accountName($0) }
    record(account: fields["account"], named: name)
    if let name, let allow = fields["allow"] { self.allow(allow.value, at: [.account(name)]) }
    let keys = fields["keys"].map { field in
      reader.entries(field.value, of: "keys").compactMap { keyGrant($0, of: draft) }
    }
    guard let name, let keys else { return nil }
    return CacheAccount(name: name, service: draft.name, keys: keys)
  }

  private mutating func keyGrant(_ entry: ManifestEntry, of draft: ServiceDraft) -> KeyGrant? {
    let own = [draft.name, draft.partOf?.text].compactMap { $0 }
    guard let owner = own.first(where: { entry.name == "\($0):*" }) else {
      let expected = own.map { "'\($0):*'" }.joined(separator: " or ")
      reader.report(entry.key, "keys '\(entry.name)' do not belong to '\(draft.name)': expected \(expected)")
      return nil
    }
    guard let word = reader.text(entry.value, of: "the access to '\(entry.name)'") else { return nil }
    guard let access = KeyAccess(rawValue: word) else {
      reader.report(entry.value, "unknown access '\(word)': expected 'read' or 'read-write'")
      return nil
    }
    return KeyGrant(prefix: "\(owner):", access: access)
  }
}

/// A duration as the manifest writes it: `500ms`, `5s`, `2min`.
enum ManifestDuration {
  /// The longest duration that the manifest accepts. A longer timeout limits nothing.
  static let maximumMilliseconds = 3_600_000

  /// The duration in milliseconds; nil where `text` is not a duration from 1 ms to one hour.
  static func milliseconds(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), let unit = units[String(text.dropFirst(digits.count))] else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return !overflow && (1...maximumMilliseconds).contains(product) ? product : nil
  }

  private static let units = ["ms": 1, "s": 1000, "min": 60_000]
}
