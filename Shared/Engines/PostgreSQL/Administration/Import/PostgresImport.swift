import AccessAdministration
import AccessManifest
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

  /// The tables of the selected schemas that the administrator owns, or acts as the owner of.
  var managed: [TableDefinition] {
    tables.filter { isSelected($0) && state.owners[.relation($0)] == administrator }
  }

  /// The owner of most of the tables.
  var administrator: String {
    let owners = tables.filter(isSelected).compactMap { state.owners[.relation($0)] }
    let counts = Dictionary(owners.map { ($0, 1) }, uniquingKeysWith: +)
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
  }

  private func isSelected(_ table: TableDefinition) -> Bool {
    selection.schemas.isEmpty || selection.schemas.contains(TableName(table.name).schema)
  }

  var text: String {
    let managed = managed
    let accounts = accounts(with: managed)
    let foreign = tables.filter { table in isSelected(table) && !managed.contains { $0.name == table.name } }
    var lines = [
      "# The rights that the database \(state.database) has, imported by `bulkhead access import`.",
      "# Read every line that begins with `doubt:`, then narrow: docs/adopt.md says how.",
    ]
    lines += foreign.map { table in
      "# doubt: \(table.name) belongs to \(state.owners[.relation(table)] ?? "another role"): it is not managed here"
    }
    lines += administratorDoubts + publicDoubts(on: managed)
    lines += [
      "version: 1", "schema: live", "", "administrators:",
      "  database: { account: \(YAMLText.scalar(administrator)) }" + ownerDoubt, "",
      "scope: { mode: adopting }", "",
      !accounts.contains { AccountName.isValid($0, withUnderscores: true) }
        ? "services: {} # doubt: no login role has a right on these tables" : "services:",
    ]
    let scoped = managed.filter { ImportedGrants.saysRows(of: $0, accounts: accounts, state: state) }.map(
      \.name)
    for account in accounts {
      lines += ImportedAccount(name: account, of: self, tables: managed, scopedTables: Set(scoped)).lines
    }
    // A name in a comment must not end it. In a scalar nothing is left to escape.
    return lines.map(\.onOneLine).joined(separator: "\n") + "\n"
  }

  private var ownerDoubt: String {
    AccountName.isValid(administrator, withUnderscores: true)
      ? "" : " # doubt: the name of an account \(AccountName.rule)"
  }

  private var administratorDoubts: [String] {
    guard let role = state.roles[administrator] else {
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

  /// The login roles with a right on a managed table, except the administrator and superusers.
  private func accounts(with managed: [TableDefinition]) -> [String] {
    let objects = Set(managed.map { PostgresObject.relation($0) })
    var found: Set<String> = []
    for privilege in state.privileges where objects.contains(privilege.object) {
      guard case .role(let role) = privilege.grantee, role != administrator else { continue }
      guard let attributes = state.roles[role], attributes.canLogin, !attributes.isSuperuser else { continue }
      if selection.roles.isEmpty || selection.roles.contains(role) { found.insert(role) }
    }
    return found.sorted()
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

  /// The text in quotation marks, so that YAML reads it as a text and as nothing else.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" {
        quoted += "\\\(scalar)"
      } else if scalar.isUnprintable {
        let digits = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      } else {
        quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
