import AccessManifest
import ArgumentParser
import Runtime

/// `bulkhead access explain`: what an account may do, and which line of the manifest says so. It needs no engine.
struct AccessExplainCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what an account may do, and which line of the manifest says so.")

  @Argument(help: "An account of the manifest.")
  var account: String

  @Argument(help: "A table; without one, every table on which the account has a right.")
  var table: String?

  @OptionGroup var output: OutputOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let manifest = context.manifest
    if let table, manifest.owners[table] == nil, !manifest.hasPattern(for: table) {
      throw ToolError(
        "the manifest has no table '\(table)'" + (manifest.isLive ? ", and no pattern that covers it" : ""))
    }
    let (head, rights) = try explanation(in: manifest)
    if output.json {
      try context.console.printJSON(rights)
    } else {
      context.console.print(head)
      show(rights, path: context.settings.manifestPath, on: context.console)
    }
    return .success
  }

  private func explanation(in manifest: AccessManifest) throws -> (head: String, rights: [ExplainedRight]) {
    if let account = manifest.databaseAccount(named: account) {
      let head = "\(account.name): database account of service \(account.service), \(account.level.rawValue)"
      return (head, ExplainedRight.all(of: account, on: table, in: manifest))
    }
    if let account = manifest.cacheAccount(named: account), table == nil {
      return (
        "\(account.name): cache account of service \(account.service)", ExplainedRight.all(of: account)
      )
    }
    let known = (manifest.databaseAccounts.map(\.name) + manifest.cacheAccounts.map(\.name))
    throw ToolError(
      "the manifest has no \(table == nil ? "" : "database ")account '\(account)'; its accounts are "
        + known.joined(separator: ", "))
  }

  private func show(_ rights: [ExplainedRight], path: String, on console: Console) {
    for right in rights {
      let place = right.line.map { "  \(path):\($0)" } ?? ""
      console.print(
        "  \(right.verb.padded(to: 12))\(right.object.padded(to: 24))\(right.words)"
          + console.out(.faint, place))
    }
  }
}

/// One verb of an account on one table or key space, in words.
struct ExplainedRight: Encodable, Equatable {
  /// The table or the key space.
  let object: String
  let verb: String
  let isAllowed: Bool
  let words: String
  /// The line that grants it; nil for what no line grants.
  let line: Int?

  /// The rights on one table, denied ones included; or on every table on which the account has one.
  static func all(of account: DatabaseAccount, on table: String?, in manifest: AccessManifest)
    -> [ExplainedRight]
  {
    let names =
      table.map { [$0] }
      ?? manifest.tables.map(\.name).filter { name in
        account.grants.contains { $0.table == name }
      }
    return names.flatMap { name in
      TableVerb.allCases.map { verb in
        let grant = manifest.grant(verb, on: name, for: account)
        let pattern = grant.flatMap { $0.table == name ? nil : $0.table }
        let source = pattern.map { " (by the pattern '\($0)', where its 'except' does not cover the table)" }
        return ExplainedRight(
          object: name, verb: verb.rawValue, isAllowed: grant != nil,
          words: grant.map { $0.extent + (source ?? "") } ?? "denied: no line grants it",
          line: manifest.line(of: verb, on: grant?.table ?? name, for: account))
      }
    }
  }

  /// The key spaces of a cache account.
  static func all(of account: CacheAccount) -> [ExplainedRight] {
    account.keys.map { key in
      ExplainedRight(
        object: "\(key.prefix)*", verb: key.access.rawValue, isAllowed: true,
        words: "every key with this prefix", line: nil)
    }
  }
}

extension AccessManifest {
  /// Whether an account has a grant by a pattern that covers the table.
  fileprivate func hasPattern(for table: String) -> Bool {
    databaseAccounts.contains { account in account.grants.contains { covers($0.table, table) } }
  }

  /// The grant of an account on a table. A manifest whose database was not read has patterns in place of tables, and an entry
  /// for the table itself takes their place.
  fileprivate func grant(_ verb: TableVerb, on table: String, for account: DatabaseAccount) -> TableGrant? {
    if account.grants.contains(where: { $0.table == table }) { return account.grant(verb, on: table) }
    return account.grants.first { $0.verb == verb && covers($0.table, table) }
  }

  /// `*` alone covers the home schema.
  private func covers(_ pattern: String, _ table: String) -> Bool {
    source == .named && pattern.utf8.last == UInt8(ascii: "*")
      && pattern.utf8.contains(UInt8(ascii: ".")) == table.utf8.contains(UInt8(ascii: "."))
      && NamePattern(pattern).matches(table)
  }
}

extension TableGrant {
  /// The columns and rows in words.
  fileprivate var extent: String {
    let columns =
      switch columns {
      case .all: choosesIdentities ? "every column" : "every column but the identity"
      case .only(let names): "only \(names.joined(separator: ", "))"
      }
    return "\(columns), \(rows.map { "rows with \($0.words)" } ?? "every row")"
  }
}
