import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access verify`: checks for drift.
struct AccessVerifyCommand: ReportingCommand, EngineCommand, FormattedCommand {
  static let formats = ReportFormat.allCases

  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Report every deviation from the manifest and change nothing; exit code 2 where there is one.")

  @OptionGroup var output: FormatOptions

  @OptionGroup var only: FocusOptions

  @OptionGroup var logins: LoginOptions

  private struct Content: Encodable {
    let deviations: [Deviation]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let engines = try await context.engines(only: only).with(logins)
    let found = await engines.access.each { (target) throws(AccessError) in try await target.verify() }
    let leftOut = engines.leftOut(of: found, engines.focus.leftOut)
    let answers = found.map { answer in
      AccessController.Answer(
        target: answer.target, value: answer.value.map { $0.filter(engines.focus.covers) })
    }
    switch output.chosen {
    case .text, .json:
      try EngineReport(answers, json: output.json, leavingOut: leftOut).show(on: context.console) {
        Content(deviations: $0)
      } text: {
        show($0, of: $1, on: context.console)
      }
    case .markdown, .sarif, .junit:
      let path = context.settings.manifestPath
      try show(Report(verified: answers, by: context.manifest, path: path).with(leftOut), on: context.console)
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
