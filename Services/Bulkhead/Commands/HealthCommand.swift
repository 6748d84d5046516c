import ArgumentParser
import HTTPClient
import JSON
import Runtime

/// `bulkhead health`: probes the readiness of every member of the fleet.
struct HealthCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Probe every member of the fleet; exit code 2 where one is not ready.")

  @OptionGroup var ports: PortOptions

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let name: String
    let address: String
    let ready: Bool
    let report: JSONValue
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    var answers: [Answer] = []
    for member in try ports.members(of: try context.fleetManifest(), in: context.settings) {
      answers.append(await Self.probe(member))
    }
    if output.json { try console.printJSON(answers) } else { Self.show(answers, on: console) }
    return answers.contains { !$0.ready } ? .difference : .success
  }

  private static func probe(_ member: FleetMember) async -> Answer {
    do {
      let response = try await HTTPClient.send(.get, "\(member.address)/readyz", timeoutMilliseconds: 3000)
      let report = try JSONCoding.decode(JSONValue.self, from: response.body)
      return Answer(
        name: member.name, address: member.address, ready: response.status.code == 200, report: report)
    } catch {
      return Answer(name: member.name, address: member.address, ready: false, report: .string("\(error)"))
    }
  }

  private static func show(_ answers: [Answer], on console: Console) {
    for answer in answers {
      let mark = answer.ready ? console.out(.good, "ready    ") : console.out(.bad, "not ready")
      let text = (try? JSONCoding.encode(answer.report)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      console.print("\(mark) \(answer.name) \(answer.address) \(console.out(.faint, text))")
    }
  }
}
