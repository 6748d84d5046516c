import ArgumentParser
import Migrations
import Runtime
import Schema

/// `bulkhead migrate status`.
struct MigrateStatusCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Lists every version and how it stands.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    struct Entry: Encodable {
      let version: Int
      let name: String
      let state: String
      let at: Timestamp?
    }

    let current: Int
    let newest: Int
    let problem: String?
    /// How far the database is ahead of a program that can live with it.
    let ahead: String?
    let versions: [Entry]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let status = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).status()
    }
    let answer = Answer(
      current: status.current, newest: status.newest, problem: status.objection,
      ahead: status.lead.map { "\($0)" }, versions: status.entries.map(Self.entry))
    if output.json {
      try context.console.answer(answer)
    } else {
      show(answer, on: context.console)
    }
    return .success
  }

  private func show(_ answer: Answer, on console: Console) {
    for entry in answer.versions {
      let moment = entry.at.map { " \($0.rfc3339)" } ?? ""
      console.say(
        "\(entry.version)".padded(to: 4) + entry.name.padded(to: 32) + entry.state
          + console.out(.faint, moment))
    }
    console.say("at \(answer.current) of \(answer.newest)")
    if let ahead = answer.ahead { console.say(ahead) }
    if let problem = answer.problem { console.say(console.out(.bad, problem)) }
  }

  private static func entry(_ entry: MigrationStatus.Entry) -> Answer.Entry {
    let (state, moment): (String, Timestamp?) =
      switch entry.state {
      case .applied(let moment): ("applied", moment)
      case .pending: ("pending", nil)
      case .changed(let moment): ("changed since it was applied", moment)
      case .unknown(let moment): ("not known to this program", moment)
      }
    return Answer.Entry(version: entry.version, name: entry.name, state: state, at: moment)
  }
}
