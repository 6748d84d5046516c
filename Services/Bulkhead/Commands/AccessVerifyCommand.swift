import ArgumentParser
import Grants
import Runtime

/// `bulkhead access verify`: the drift check.
struct AccessVerifyCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Names every deviation from the manifest and changes nothing; exit code 2 where there is one.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let deviations: [Deviation]
  }

  func work(on workbench: Workbench) async throws -> Runtime.ExitCode {
    let answers = try await workbench.withAccess { try await $0.verify() }
    if output.json {
      try workbench.console.answer(answers.map { Answer(engine: $0.target, deviations: $0.value) })
    } else {
      for answer in answers { show(answer, on: workbench.console) }
    }
    return answers.allSatisfy(\.value.isEmpty) ? .success : .difference
  }

  private func show(_ answer: Access.Answer<[Deviation]>, on console: Console) {
    guard !answer.value.isEmpty else { return console.say("\(answer.target): as declared") }
    console.say(console.out.red("\(answer.target): \(answer.value.count) deviations"))
    for deviation in answer.value { console.say("  \(deviation.kind.rawValue): \(deviation.message)") }
  }
}
