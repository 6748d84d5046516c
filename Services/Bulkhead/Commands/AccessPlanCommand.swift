import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access plan`: shows what `apply` would do.
struct AccessPlanCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show the steps that would make the engines match the manifest; exit code 2 where there is one."
  )

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let steps: [PlannedStep]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let plans = try await context.fleet().withAccess { try await $0.plan() }
    if output.json {
      try context.console.printJSON(plans.map { Answer(engine: $0.target, steps: $0.value.steps) })
    } else {
      for plan in plans { show(plan, on: context.console) }
    }
    return plans.allSatisfy(\.value.isEmpty) ? .success : .difference
  }

  private func show(_ plan: AccessController.Answer<AccessPlan>, on console: Console) {
    guard !plan.value.isEmpty else { return console.print("\(plan.target): nothing to do") }
    console.print("\(plan.target): \(plan.value.steps.count.counted("step")) to apply")
    for step in plan.value.steps {
      console.print(console.out(.faint, "-- \(step.reason)"))
      let isAdministrators = step.authority == .administrator
      console.print(
        isAdministrators ? step.text : "\(step.text)  \(console.out(.caution, "-- needs bulkhead bootstrap"))"
      )
    }
  }
}
