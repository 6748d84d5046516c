import ArgumentParser
import Runtime

/// `bulkhead console`: the fleet, the matrix and the drift as a page on loopback.
struct ConsoleCommand: EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Show the fleet, the proven matrix and the drift as a page on loopback; Ctrl-C ends it.",
    discussion: """
      The printed link holds a token of this run: who has the link sees what the page shows. The console listens on \
      127.0.0.1 only. Reach it from another machine with ssh -L PORT:127.0.0.1:PORT, and fix the port with --port.
      """)

  @Option(help: "The port on 127.0.0.1; 0 takes a free one.")
  var port: UInt16 = 0

  @Flag(help: "Let the page apply the plan that it shows.")
  var allowChanges = false

  @OptionGroup var ports: PortOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let stop = StopRequest(of: context.stop)
    // An adopted database has no fleet of ours.
    let members = try context.hasFleet ? ports.members(of: context.fleetManifest(), in: context.settings) : []
    let console = try await WebConsole.start(
      over: try await context.fleet(), members: members, allowsChanges: allowChanges, port: port)
    stop.watch([])
    context.console.print(console.link)
    context.console.progress(
      "this link holds the token of this run; \(allowChanges ? "it can apply a plan" : "it changes nothing")"
        + "; Ctrl-C ends the console")
    while !stop.isRequested { try await Task.sleep(for: .milliseconds(100)) }
    await console.stop()
    return .success
  }
}
