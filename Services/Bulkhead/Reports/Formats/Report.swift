import AccessManifest
import AccessPlanning

/// The answer of a command for reviewers and machines: what Markdown, SARIF and JUnit are written from.
///
/// A command builds one report, and each format has one renderer over it. Text for the terminal and JSON have the forms of
/// their commands.
struct Report: Sendable, Equatable {
  /// How bad an item is.
  enum Level: String, Sendable, Equatable, CaseIterable, Encodable {
    case error, warning
    /// For the reader's eyes; it changes no exit code.
    case note
  }

  /// A kind of item.
  struct Rule: Sendable, Equatable {
    /// The rule's name.
    let id: String
    let level: Level
    /// What an item of the rule is, as a sentence.
    let summary: String
    /// What to do about it.
    let help: String
  }

  /// One difference, change, step, violation or finding.
  struct Item: Sendable, Equatable {
    let rule: String
    let level: Level
    /// The account or the service; nil where it concerns none.
    var account: String?
    /// The table, the key space, or another object.
    var object: String?
    let message: String
    /// The statement or command of the item, without secrets.
    var statement: String?
    /// The line of the manifest.
    var line: Int?
    /// Why the item is switched off; nil where it counts.
    var allowed: String?
  }

  /// The items of one engine, account or file.
  struct Part: Sendable, Equatable {
    let name: String
    var items: [Item] = []
    /// The checks that passed, by name.
    var passed: [String] = []
    /// Why there is no result; nil where there is one.
    var failure: String?
    /// The duration; nil where it was not measured.
    var seconds: Double?
  }

  /// The command, as an operator types it after `bulkhead`.
  let command: String
  /// The manifest that the lines belong to.
  let manifest: String
  /// One sentence with the counts.
  let summary: String
  var rules: [Rule] = []
  var parts: [Part] = []

  /// The reasons of parts without a result.
  var failures: [String] { parts.compactMap { part in part.failure.map { "\(part.name): \($0)" } } }

  /// The report of a command that failed before it had a result.
  init(failed command: String, errors: [String]) {
    self.command = command
    manifest = ""
    summary = "\(command) failed"
    parts = errors.map { Part(name: command, failure: $0) }
  }

  /// Creates a report.
  init(command: String, manifest: String, summary: String, rules: [Rule] = [], parts: [Part] = []) {
    self.command = command
    self.manifest = manifest
    self.summary = summary
    self.rules = rules
    self.parts = parts
  }

  /// The report as a document of a format that has a renderer.
  func text(as format: ReportFormat) throws -> String {
    switch format {
    case .markdown: MarkdownText(self).text
    case .sarif: try SARIFLog(self).text
    case .junit: JUnitDocument(self).text
    case .text, .json: throw ToolError("\(format.rawValue) is written by the command itself")
    }
  }
}

extension AccessManifest {
  /// The line that concerns an account and a table: its first grant there, else the account itself. A service stands for
  /// its database account.
  func line(of account: String, on table: String?) -> Int? {
    let service = services.first { $0.name == account }
    let name = service?.databaseAccount ?? account
    let grants = databaseAccount(named: name).map { account in
      account.grants.filter { $0.table == table }.compactMap { line(of: place(of: $0, for: account)) }
    }
    return grants?.min() ?? line(of: .account(name))
  }
}
