import Foundation
import Runtime

/// The work of `up --once` on the running fleet: the smoke story, then the proof.
struct FirstRun: Sendable {
  let context: FleetContext
  let keys: FleetKeys
  let firstPort: Int

  func run() async throws -> Runtime.ExitCode {
    let console = context.console
    console.print(console.out(.strong, "Smoke story"))
    try await story().play()
    console.print()
    console.print(console.out(.strong, "Proof of isolation"))
    let report = try await Proof(engines: context.engines).run(quietly: false, htmlPath: nil)
    console.printDocument(TerminalMatrix(report, isColoured: console.out.isOn).text)
    return report.isClean ? .success : .difference
  }

  private func story() throws -> SmokeStory {
    let addresses = Dictionary(
      uniqueKeysWithValues: FleetMember.all(firstPort: firstPort).map { ($0.name, $0.address) })
    func client(_ name: String) -> StoryClient { StoryClient(base: addresses[name] ?? "") }
    let context = context
    return SmokeStory(
      api: client("backend-api"), connector: client("connector"), analytics: client("analytics"),
      twitch: client("twitch-trigger"), discord: client("discord-trigger"),
      promote: { email in
        let changed = try await context.database.withDatabase {
          try await PromoteCommand.promote(email, in: $0)
        }
        guard changed else { throw ToolError("no user has the email \(email)") }
      },
      twitchSecret: try String(contentsOfFile: keys.platformSecret("twitch"), encoding: .utf8),
      console: context.console)
  }
}
