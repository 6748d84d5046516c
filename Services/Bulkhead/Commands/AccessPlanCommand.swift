import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access plan`: shows what `apply` would do.
struct AccessPlanCommand: ReportingCommand, EngineCommand, FormattedCommand {
  static let formats: [ReportFormat] = [.text, .json, .markdown]

  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show the steps that would make the engines match the manifest; exit code 2 where they differ."
  )

  @OptionGroup var output: FormatOptions

  @OptionGroup var retirement: RetirementOptions

  @OptionGroup var only: FocusOptions

  @OptionGroup var logins: LoginOptions

  private struct Content: Encodable {
    let steps: [PlannedStep]
    let unmended: [Deviation]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let engines = try await context.engines(retirement, only).with(logins)
    let plans = await engines.access.each { (target) throws(AccessError) in try await target.plan() }
    let leftOut = engines.leftOut(of: plans) { $0.leftOut }
    switch output.chosen {
    case .text, .json:
      try EngineReport(plans, json: output.json, leavingOut: leftOut).show(on: context.console) {
        Content(steps: $0.steps, unmended: $0.unmended)
      } text: {
        show($0, of: $1, on: context.console)
      }
    case .markdown, .sarif, .junit:
      let path = context.settings.manifestPath
      try show(Report(planned: plans, by: context.manifest, path: path).with(leftOut), on: context.console)
    }
    return plans.exitCode { $0.isEmpty }
  }

  private func show(_ plan: AccessPlan, of engine: String, on console: Console) {
    guard !plan.isEmpty else { return console.print("\(engine): nothing to do") }
    console.print("\(engine): \(plan.steps.count.counted("step")) to apply")
    for step in plan.steps {
      console.print(console.out(.faint, "-- \(step.reason)"))
      let isAdministrators = step.authority == .administrator
      console.print(
        isAdministrators
          ? step.line
          : "\(step.line)  \(console.out(.caution, "-- needs a superuser (bulkhead bootstrap)"))"
      )
    }
    console.show(unmended: plan.unmended)
  }
}
