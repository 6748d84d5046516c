import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access verify`: checks for drift.
struct AccessVerifyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Report every deviation from the manifest and change nothing; exit code 2 where there is one.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let deviations: [Deviation]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let answers = try await context.fleet().withAccess { try await $0.verify() }
    if output.json {
      try context.console.printJSON(answers.map { Answer(engine: $0.target, deviations: $0.value) })
    } else {
      for answer in answers { show(answer, on: context.console) }
    }
    return answers.allSatisfy { $0.value.allSatisfy(\.isNote) } ? .success : .difference
  }

  private func show(_ answer: AccessController.Answer<[Deviation]>, on console: Console) {
    guard !answer.value.isEmpty else { return console.print("\(answer.target): matches the manifest") }
    let count = answer.value.count { !$0.isNote }
    if count == 0 {
      console.print("\(answer.target): matches the manifest")
    } else {
      console.print(console.out(.bad, "\(answer.target): \(count.counted("deviation"))"))
    }
    for deviation in answer.value { console.print("  \(deviation.kind.rawValue): \(deviation.message)") }
  }
}
