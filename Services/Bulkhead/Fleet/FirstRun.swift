import AccessManifest
import Foundation
import Runtime
import Secrets

/// The work of `up --once` on the running fleet: the smoke story, then the proof.
struct FirstRun: Sendable {
  let context: FleetContext
  let keys: FleetKeys
  let members: [FleetMember]

  func run() async throws -> Runtime.ExitCode {
    let console = context.console
    console.print(console.out(.strong, "Smoke story"))
    try await story().play()
    console.print()
    console.print(console.out(.strong, "Proof of isolation"))
    let report = try await Proof(engines: context.engines).run(quietly: false, htmlPath: nil)
    console.printDocument(TerminalMatrix(report, isColoured: console.out.isOn).text)
    report.printFailures(on: console)
    return report.exitCode
  }

  private func story() throws -> SmokeStory {
    let addresses = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.address) })
    func client(_ name: String) -> StoryClient { StoryClient(base: addresses[name] ?? "") }
    let context = context
    return SmokeStory(
      api: client("backend-api"), connector: client("connector"), analytics: client("analytics"),
      triggers: try triggers(),
      promote: { email in
        let changed = try await PromoteCommand.promote(email, in: context.database)
        guard changed else { throw ToolError("no user has the email \(email)") }
      },
      console: context.console)
  }

  /// The triggers: the services with a platform and its secret.
  private func triggers() throws -> [SmokeStory.Trigger] {
    try members.compactMap { member in
      guard let platform = member.service.environment.first(where: { $0.name == "PLATFORM" }),
        let secret = member.service.secrets.first(where: { $0.kind == .whsec })
      else { return nil }
      return SmokeStory.Trigger(
        name: member.name, platform: platform.value, client: StoryClient(base: member.address),
        secret: try CredentialText(ofFile: PlainFile.text(of: keys.file(of: secret))).current.reveal())
    }
  }
}
