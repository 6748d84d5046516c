import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access apply`: brings the engines to the manifest.
struct AccessApplyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Brings database and cache to the manifest, accounts and credentials included.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let outcome: AccessOutcome
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let outcomes = try await context.fleet().withAccess { try await $0.apply() }
    if output.json {
      try context.console.answer(outcomes.map { Answer(engine: $0.target, outcome: $0.value) })
    } else {
      for outcome in outcomes { Self.show(outcome.value, of: outcome.target, on: context.console) }
    }
    return outcomes.allSatisfy(\.value.remaining.isEmpty) ? .success : .difference
  }

  static func show(_ outcome: AccessOutcome, of engine: String, on console: Console) {
    console.say("\(engine): \(outcome.done.isEmpty ? "nothing to do" : "\(outcome.done.count) done")")
    for step in outcome.done { console.say("  \(console.out(.good, "+")) \(step.text)") }
    for step in outcome.remaining {
      console.say(
        "  \(console.out(.caution, "!")) \(step.text) \(console.out(.caution, "-- needs bulkhead bootstrap"))"
      )
    }
    for note in outcome.notes { console.say("  \(note)") }
  }
}
