import AccessAdministration
import AccessManifest
import AccessPlanning
import Encoding
import Schema

/// Writes a manifest for a database that was not made here, from its catalog. Pure.
///
/// A right that a manifest cannot say, or that its reader must judge, becomes a comment that begins with `doubt:`. The
/// text contains no secret, because the catalog that it is made from has none.
struct PostgresImport {
  let state: PostgresState
  let tables: [TableDefinition]
  let selection: ImportSelection
  /// The role that runs the import.
  let login: String
  /// The tables of which a manifest can say the whole row security, as far as it concerns the imported accounts.
  private(set) var sayableRows: Set<String> = []
  private let privileges: [String: Set<PostgresPrivilege>]
  private let policies: [String: [PostgresPolicy]]
  private let owned: [String: [PostgresObject]]
  private let memberships: [String: [PostgresMembership]]
  /// The names that several tables have, in Swift's comparison of texts.
  private let twins: Set<String>

  init(state: PostgresState, tables: [TableDefinition], selection: ImportSelection, login: String) {
    self.login = login
    self.state = state
    self.tables = tables
    self.selection = selection
    var privileges: [String: Set<PostgresPrivilege>] = [:]
    for privilege in state.privileges {
      guard case .role(let role) = privilege.grantee else { continue }
      privileges[role, default: []].insert(privilege)
    }
    self.privileges = privileges
    policies = Dictionary(grouping: state.policies, by: \.table).mapValues {
      $0.sorted { $0.name < $1.name }
    }
    owned = Dictionary(grouping: state.owners.keys) { state.owners[$0] ?? "" }
    memberships = Dictionary(grouping: state.memberships, by: \.member)
    twins = Set(Dictionary(grouping: tables, by: \.name).filter { $0.value.count > 1 }.keys)
  }

  /// A selected schema or role that the database lacks; nil where it has all.
  var problem: String? {
    let schemas = Set(tables.map { TableName($0.name).schema })
    if let unknown = selection.schemas.first(where: { !schemas.contains($0) }) {
      let hint = Spelling.hint(for: unknown, among: schemas.sorted())
      return "the database has no schema '\(unknown)' with tables\(hint)"
    }
    if let problem = ownerProblem { return problem }
    let logins = state.roles.filter(\.value.canLogin).keys
    if let unknown = selection.roles.first(where: { !logins.contains($0) }) {
      return "the server has no login role '\(unknown)'\(Spelling.hint(for: unknown, among: logins.sorted()))"
    }
    return nil
  }

  /// An account that may create tables could own most of them, so the number of its tables makes no role the
  /// administrator.
  private var ownerProblem: String? {
    let owners = Set(tables.filter(isSelected).compactMap { state.owners[.relation($0)] })
    guard !owners.isEmpty, managed.isEmpty else { return nil }
    return "\(login) owns none of these tables: run the import as their owner, which is "
      + owners.sorted().prefix(Self.namedOwners).joined(separator: " or ")
  }

  private static let namedOwners = 5

  /// The entries of a role itself.
  func entries(of role: String) -> Set<PostgresPrivilege> { privileges[role] ?? [] }

  /// The policies on a table, by name.
  func policies(on table: TableDefinition) -> [PostgresPolicy] { policies[table.name] ?? [] }

  /// What a role owns.
  func objects(of role: String) -> [PostgresObject] { (owned[role] ?? []).sorted() }

  /// The groups whose rights a role has without SET ROLE, those of their own groups too. Predefined roles have no
  /// entries, and superusers are no groups.
  func groups(of role: String) -> [String] {
    var found: Set<String> = []
    var next = [role]
    while let member = next.popLast() {
      for membership in memberships[member] ?? [] where membership.inherits {
        let group = membership.role
        guard state.roles[group]?.isSuperuser == false, group != role,
          found.insert(group).inserted
        else { continue }
        next.append(group)
      }
    }
    return found.sorted()
  }

  /// The tables of the selected schemas that the administrator owns, or acts as the owner of.
  var managed: [TableDefinition] {
    let owners = Set([administrator] + groups(of: administrator))
    return tables.filter {
      isSelected($0) && !isAmbiguous($0) && state.owners[.relation($0)].map(owners.contains) == true
    }
  }

  /// Whether the name of the table, or of one of its columns, has a twin of other bytes that Swift takes for the same text: the
  /// catalog's rights on the two cannot be told apart.
  private func isAmbiguous(_ table: TableDefinition) -> Bool {
    twins.contains(table.name) || Set(table.columns.map(\.name)).count < table.columns.count
  }

  /// A name in another form than Unicode's composed one, as `verify` finds it.
  private var nameDoubts: [String] {
    state.findings.filter { $0.kind == .decomposedName }.map(\.deviation.message).sorted().map {
      "# doubt: \($0)"
    }
  }

  /// The role that runs the import: `apply` runs as it, too.
  var administrator: String { login }

  private func isSelected(_ table: TableDefinition) -> Bool {
    selection.schemas.isEmpty || selection.schemas.contains(TableName(table.name).schema)
  }

  var text: String {
    var source = self
    source.sayableRows = Set(managed.filter(isSayable).map(\.name))
    return source.body
  }

  private var body: String {
    let managed = managed
    let accounts = accounts(with: managed)
    let names = Set(managed.map(\.name))
    let foreign = tables.filter { isSelected($0) && !names.contains($0.name) }
    var lines = [
      "# The rights that the database \(state.database) has, imported by `bulkhead access import`.",
      "# Read every line that begins with `doubt:`, then narrow: docs/adopt.md says how.",
    ]
    lines += nameDoubts
    lines += foreign.map { table in
      if isAmbiguous(table) {
        return
          "# doubt: the database has two names \(table.name.escapedAsASCII), or two columns of one name there, in different "
          + "forms of Unicode: rename one, until then the table is not managed here"
      }
      return
        "# doubt: \(table.name) belongs to \(state.owners[.relation(table)] ?? "another role"): it is not managed here"
    }
    lines += administratorDoubts + publicDoubts(on: managed)
    lines += [
      "version: 1", "schema: live", "", "administrators:",
      "  database: { account: \(YAMLText.scalar(administrator)) }", "", "scope: { mode: adopting }", "",
    ]
    lines += profileLines(of: accounts)
    lines.append(
      accounts.isEmpty ? "services: {} # doubt: no login role has a right on these tables" : "services:")
    for account in accounts { lines += account.lines }
    lines += unnameable.map { "# doubt: \($0) is no account here, because its name \(AccountName.rule)" }
    // A name may hold a line break, which would end a comment.
    return lines.map(\.onOneLine).joined(separator: "\n") + "\n"
  }

  /// A group of roles is a profile of the accounts that share its rights.
  private func profileLines(of accounts: [ImportedAccount]) -> [String] {
    let profiles = Dictionary(
      accounts.compactMap(\.profile).map { ($0.name, $0.rights) }, uniquingKeysWith: { first, _ in first })
    guard !profiles.isEmpty else { return [] }
    return ["profiles:"]
      + profiles.sorted { $0.key < $1.key }.flatMap { name, rights in
        ["  \(YAMLText.scalar(name)):", "    level: \(rights.level.rawValue)"]
          + rights.lines(beside: nil, indent: "    ")
      } + [""]
  }

  private var administratorDoubts: [String] {
    guard let role = state.roles[administrator], !managed.isEmpty else {
      return ["# doubt: no table was found"]
    }
    var doubts: [String] = []
    if role.isSuperuser { doubts.append("is a superuser: let a role of its own own the tables") }
    if !role.canLogin { doubts.append("cannot log in: name a login role that is a member of it") }
    if !role.canCreateRoles && !role.isSuperuser {
      doubts.append("lacks CREATEROLE, so that it cannot make or change accounts")
    }
    return doubts.map { "# doubt: \(administrator) owns the tables and \($0)" }
  }

  private func publicDoubts(on managed: [TableDefinition]) -> [String] {
    let objects = Set(managed.map { PostgresObject.relation($0) })
    return state.privileges.filter { $0.grantee == .everyone && objects.contains($0.object) }
      .sorted { $0.sortKey < $1.sortKey }.map { "# doubt: everybody has \($0.readable): `plan` ends that" }
  }

  /// The login roles with a right on a managed table, of their own or of a group, except the administrator and
  /// superusers.
  private func accounts(with managed: [TableDefinition]) -> [ImportedAccount] {
    let objects = Set(managed.map { PostgresObject.relation($0) })
    let administrator = administrator
    let holders = Set(privileges.filter { $0.value.contains { objects.contains($0.object) } }.keys)
    var profiles: [String: ImportedRights] = [:]
    return logins.compactMap { name in
      let groups = groups(of: name).filter { $0 != administrator }
      guard holders.contains(name) || !holders.isDisjoint(with: groups) else { return nil }
      let rights = rights(of: name, groups, on: managed)
      let group = memberships[name]?.map(\.role).sorted().first {
        holders.contains($0) && groups.contains($0)
      }
      guard let group else { return ImportedAccount(name: name, rights: rights, profile: nil, in: self) }
      let profile = profiles[group] ?? self.rights(of: group, self.groups(of: group), on: managed)
      profiles[group] = profile
      return ImportedAccount(name: name, rights: rights, profile: (group, profile), in: self)
    }
  }

  /// The selected login roles that a manifest can name, except the administrator and superusers.
  private var logins: [String] { candidates.filter { AccountName.isValid($0, withUnderscores: true) } }

  /// Those with entries of their own whose name it cannot have.
  private var unnameable: [String] {
    candidates.filter { !AccountName.isValid($0, withUnderscores: true) && !entries(of: $0).isEmpty }
  }

  private var candidates: [String] {
    let administrator = administrator
    return state.roles.keys.sorted().filter { name in
      guard let role = state.roles[name], role.canLogin, !role.isSuperuser, name != administrator else {
        return false
      }
      return selection.roles.isEmpty || selection.roles.contains(name)
    }
  }

  /// Whether each account has exactly one policy for each verb that it is granted, and a grant that says the same.
  private func isSayable(_ table: TableDefinition) -> Bool {
    guard state.rowSecurity[table.name]?.isEnabled == true else { return false }
    let object = PostgresObject.relation(table)
    let policies = policies(on: table)
    return logins.allSatisfy { name in
      let holders = Set([name] + groups(of: name))
      let relevant = policies.filter { policy in
        policy.roles.contains { $0 == "PUBLIC" || holders.contains($0) }
      }
      let granted = Set(holders.flatMap(entries).filter { $0.object == object }.map(\.privilege))
      let verbs = TableVerb.allCases.filter { granted.contains($0.rawValue.uppercased()) }
      return relevant.count == verbs.count
        && verbs.allSatisfy { verb in relevant.contains { $0.isSayable(as: verb, on: table) } }
    }
  }

  /// The rights of a role and of its groups, as its own.
  private func rights(of name: String, _ groups: [String], on managed: [TableDefinition]) -> ImportedRights {
    let inherited = groups.flatMap(entries).map {
      PostgresPrivilege($0.privilege, on: $0.object, column: $0.column, to: .role(name), by: $0.grantor)
    }
    return ImportedRights(
      of: name, groups: groups, entries: entries(of: name).union(inherited), in: self, tables: managed)
  }
}

/// Texts as YAML.
enum YAMLText {
  /// The text, quoted where YAML could read it as something else.
  static func scalar(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2E
    }
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
    if isPlain, let first = text.utf8.first, (0x61...0x7A).contains(first), !words.contains(text) {
      return text
    }
    return quoted(text)
  }

  /// The text in double quotes, on one line.
  static func quoted(_ text: String) -> String {
    var quoted = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "\"": quoted += "\\\(scalar)"
      case _ where scalar.isUnprintable:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      default: quoted += String(scalar)
      }
    }
    return "\"\(quoted)\""
  }
}
