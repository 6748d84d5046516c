import ArgumentParser
import Migrations
import Runtime
import Schema

/// `bulkhead migrate status`: lists the versions.
struct MigrateStatusCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "List every version and its state.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    struct Entry: Encodable {
      let version: Int
      let name: String
      let state: String
      let at: Timestamp?
    }

    struct Unfinished: Encodable {
      let version: Int
      let direction: String
      /// How many parts are done.
      let parts: Int

      init(_ step: UnfinishedStep) { (version, direction, parts) = (step.version, step.direction, step.part) }
    }

    let current: Int
    let newest: Int
    let problem: String?
    /// How far the database is ahead of this release, where this release supports it.
    let ahead: String?
    /// The step that a run has begun and not finished.
    let unfinished: Unfinished?
    let versions: [Entry]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let database = try context.database()
    let status =
      database.absence == nil
      ? try await database.withDatabase(waiting: true) { try await MigrationEngine($0).status() }
      : MigrationStatus.ofNewDatabase()
    let answer = Answer(
      current: status.current, newest: status.newest, problem: status.objection,
      ahead: status.lead.map { "\($0)" }, unfinished: status.unfinished.map(Answer.Unfinished.init),
      versions: status.entries.map { Self.entry($0, status.unfinished) })
    if output.json {
      try context.console.printJSON(answer)
    } else {
      show(answer, on: context.console)
    }
    return .success
  }

  private func show(_ answer: Answer, on console: Console) {
    for entry in answer.versions {
      let moment = entry.at.map { " \($0.rfc3339)" } ?? ""
      console.print(
        "\(entry.version)".padded(to: 4) + entry.name.padded(to: 32) + entry.state
          + console.out(.faint, moment))
    }
    console.print("schema version \(answer.current) of \(answer.newest)")
    if let ahead = answer.ahead { console.print(ahead) }
    if let problem = answer.problem { console.print(console.out(.bad, problem)) }
  }

  private static func entry(
    _ entry: MigrationStatus.Entry, _ unfinished: UnfinishedStep?
  ) -> Answer.Entry {
    var (state, moment): (String, Timestamp?) =
      switch entry.state {
      case .applied(let moment): ("applied", moment)
      case .pending: ("pending", nil)
      case .changed(let moment): ("changed since it was applied", moment)
      case .unknown(let moment): ("not part of this release", moment)
      }
    if let unfinished, unfinished.version == entry.version {
      state += ", half done (\(unfinished.direction))"
    }
    return Answer.Entry(version: entry.version, name: entry.name, state: state, at: moment)
  }
}

extension MigrationStatus {
  /// Why programs of this release cannot start or migrations cannot run, where the reason is not a missing version.
  var objection: String? {
    if let problem { return "\(problem)" }
    if let unfinished { return "\(unfinished)" }
    guard current > 0, !recordsOldestPrograms else { return nil }
    return
      "the record of migrations comes from an older tool and does not name the releases that support the schema "
      + "(run: bulkhead migrate up)"
  }
}
