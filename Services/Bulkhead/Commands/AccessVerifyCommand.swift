import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access verify`: checks for drift.
struct AccessVerifyCommand: ReportingCommand, FormattedCommand {
  static let formats = ReportFormat.allCases

  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Report every deviation from the manifest and change nothing; exit code 2 where there is one.")

  @OptionGroup var output: FormatOptions

  private struct Content: Encodable {
    let deviations: [Deviation]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let answers = try await context.fleet().access.each { (target) throws(AccessError) in
      try await target.verify()
    }
    switch output.chosen {
    case .text, .json:
      try EngineReport(answers, json: output.json).show(on: context.console) {
        Content(deviations: $0)
      } text: {
        show($0, of: $1, on: context.console)
      }
    case .markdown, .sarif, .junit:
      let path = context.settings.manifestPath
      try show(Report(verified: answers, by: context.manifest, path: path), on: context.console)
    }
    return answers.exitCode { $0.allSatisfy(\.isNote) }
  }

  private func show(_ found: [Deviation], of engine: String, on console: Console) {
    let count = found.count { !$0.isNote }
    console.print(
      count == 0
        ? "\(engine): matches the manifest" : console.out(.bad, "\(engine): \(count.counted("deviation"))"))
    for deviation in found { console.print("  \(deviation.kind.rawValue): \(deviation.message)") }
  }
}
