import AccessManifest
import Schema

/// One login role as a service of an imported manifest.
struct ImportedAccount {
  let name: String
  let rights: ImportedRights
  /// The group that it shares its rights with: a profile of the manifest.
  let profile: (name: String, rights: ImportedRights)?
  private var doubts: [String]
  private let role: PostgresRole

  init(
    name: String, rights: ImportedRights, profile: (name: String, rights: ImportedRights)?,
    in source: PostgresImport
  ) {
    self.name = name
    self.rights = rights
    self.profile = profile
    role = source.state.roles[name] ?? PostgresRole()
    doubts = rights.doubts + Self.groupDoubts(of: name, in: source) + Self.doubts(of: name, in: source)
  }

  /// A manifest has no memberships. The rights of a group that the account inherits are in the file, as its own.
  private static func groupDoubts(of name: String, in source: PostgresImport) -> [String] {
    let inherited = source.groups(of: name).filter { group in
      ([group] + source.groups(of: group)).contains { !source.entries(of: $0).isEmpty }
    }
    return Set(source.state.memberships.filter { $0.member == name }.map(\.role)).sorted().map { group in
      if inherited.contains(group) {
        return "it has rights as a member of \(group): `plan` grants them to it, and ends the membership"
      }
      return "it is a member of \(group), whose rights are not in this file: `plan` ends that"
    }
  }

  private static func doubts(of name: String, in source: PostgresImport) -> [String] {
    let state = source.state
    var doubts: [String] = []
    for privilege in source.entries(of: name).sorted(by: { $0.sortKey < $1.sortKey }) {
      if privilege.isGrantable { doubts.append("it may grant \(privilege.readable) on: `plan` ends that") }
      if let owner = state.owners[privilege.object], owner != privilege.grantor {
        doubts.append("\(privilege.grantor) granted \(privilege.readable), not the owner \(owner)")
      }
    }
    doubts += source.entries(of: name).filter { privilege in
      privilege.object.schema.map { TableName(schema: $0, name: privilege.object.name).text == nil } ?? false
        && privilege.object.kind != .routine
    }.map { "it has \($0.readable), whose name a manifest cannot say: `plan` takes that" }.sorted()
    doubts += source.objects(of: name).map {
      "it owns the \($0.kind.rawValue) \($0.displayName), so it may do everything there: `plan` ends that"
    }
    doubts += (state.roles[name]?.databaseSettings.keys.sorted() ?? []).map {
      "\($0) is set for it in this database only: `plan` resets that"
    }
    return doubts
  }

  // MARK: Text

  var lines: [String] {
    let shown = YAMLText.scalar(name)
    var lines = [""] + (doubts + attributeDoubts).map { "  # doubt: \(name): \($0)" }
    lines += ["  \(shown):", "    database:", "      account: \(shown)"]
    if let profile { lines.append("      like: \(YAMLText.scalar(profile.name))") }
    if rights.level != profile?.rights.level { lines.append("      level: \(rights.level.rawValue)") }
    if !limits.isEmpty { lines.append("      limits: { \(limits.joined(separator: ", ")) }") }
    let settings = role.settings.filter { RestrictingSetting(rawValue: $0.key) != nil }.sorted {
      $0.key < $1.key
    }
    if !settings.isEmpty {
      let words = settings.map { "\($0.key): \(YAMLText.scalar($0.value))" }
      lines.append("      settings: { \(words.joined(separator: ", ")) }")
    }
    return lines + rights.lines(beside: profile?.rights, indent: "      ")
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
}
