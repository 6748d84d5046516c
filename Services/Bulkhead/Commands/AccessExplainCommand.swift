import AccessManifest
import ArgumentParser
import Runtime
import Schema

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
    try context.environment.check()
    let manifest = context.manifest
    guard let account = manifest.databaseAccount(named: account) else {
      let known = manifest.databaseAccounts.map(\.name).joined(separator: ", ")
      throw ToolError("the manifest has no database account '\(account)'; it has \(known)")
    }
    if let table, manifest.owners[table] == nil {
      throw ToolError("the manifest has no table '\(table)'")
    }
    let rights = ExplainedRight.all(of: account, on: table, in: manifest)
    if output.json {
      try context.console.printJSON(rights)
    } else {
      show(rights, of: account, path: context.settings.manifestPath, on: context.console)
    }
    return .success
  }

  private func show(
    _ rights: [ExplainedRight], of account: DatabaseAccount, path: String, on console: Console
  ) {
    console.print("\(account.name): account of service \(account.service), \(account.level.rawValue)")
    for right in rights {
      let place = right.line.map { "  \(path):\($0)" } ?? ""
      console.print(
        "  \(right.verb.rawValue.padded(to: 7))\(right.table.padded(to: 24))\(right.words)"
          + console.out(.faint, place))
    }
  }
}

/// One verb of an account on one table, in words.
struct ExplainedRight: Encodable, Equatable {
  let table: String
  let verb: TableVerb
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
      ?? Schema.tables.map(\.name).filter { name in
        account.grants.contains { $0.table == name }
      }
    return names.flatMap { name in
      TableVerb.allCases.map { verb in
        let grant = account.grant(verb, on: name)
        return ExplainedRight(
          table: name, verb: verb, isAllowed: grant != nil,
          words: grant?.extent ?? "denied: no line grants it",
          line: manifest.line(of: verb, on: name, for: account))
      }
    }
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
