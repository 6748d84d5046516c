import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access plan`: what `apply` would do.
struct AccessPlanCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows what would bring the engines to the manifest; exit code 2 where there is anything to do."
  )

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let steps: [PlannedStep]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let plans = try await context.fleet().withAccess { try await $0.plan() }
    if output.json {
      try context.console.answer(plans.map { Answer(engine: $0.target, steps: $0.value.steps) })
    } else {
      for plan in plans { show(plan, on: context.console) }
    }
    return plans.allSatisfy(\.value.isEmpty) ? .success : .difference
  }

  private func show(_ plan: AccessController.Answer<AccessPlan>, on console: Console) {
    guard !plan.value.isEmpty else { return console.say("\(plan.target): nothing to do") }
    console.say("\(plan.target): \(plan.value.steps.count) to do")
    for step in plan.value.steps {
      console.say(console.out(.faint, "-- \(step.reason)"))
      let isOurs = step.authority == .administrator
      console.say(
        isOurs ? step.text : "\(step.text)  \(console.out(.caution, "-- needs bulkhead bootstrap"))")
    }
  }
}
