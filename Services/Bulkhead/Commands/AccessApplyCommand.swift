import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access apply`: makes the engines match the manifest.
struct AccessApplyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Make database and cache match the manifest, accounts and credentials included.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let outcome: AccessOutcome
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let outcomes = try await context.fleet().withAccess { try await $0.apply() }
    if output.json {
      try context.console.printJSON(outcomes.map { Answer(engine: $0.target, outcome: $0.value) })
    } else {
      for outcome in outcomes { Self.show(outcome.value, of: outcome.target, on: context.console) }
    }
    return outcomes.allSatisfy(\.value.remaining.isEmpty) ? .success : .difference
  }

  static func show(_ outcome: AccessOutcome, of engine: String, on console: Console) {
    console.print(
      "\(engine): \(outcome.done.isEmpty ? "nothing to do" : "\(outcome.done.count.counted("step")) applied")"
    )
    for step in outcome.done { console.print("  \(console.out(.good, "+")) \(step.text)") }
    for step in outcome.remaining {
      console.print(
        "  \(console.out(.caution, "!")) \(step.text) \(console.out(.caution, "-- needs bulkhead bootstrap"))"
      )
    }
    for note in outcome.notes { console.print("  \(note)") }
  }
}
