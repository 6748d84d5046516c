import AccessPlanning
import AccessProof
import ArgumentParser
import DataAccess
import Foundation
import Migrations
import Runtime

/// `bulkhead up`: runs the whole fleet on this machine.
struct UpCommand: EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Migrate, apply the manifest, and run the whole fleet; Ctrl-C stops it in order.",
    discussion: """
      Without settings the fleet runs on SQLite and the memory cache. Every service is a process of its own, under its \
      own account, and writes its log to .bulkhead/logs.
      """)

  @Flag(help: "Run the smoke story and `access prove`, then stop; the exit code is the result.")
  var once = false

  @Flag(help: "Start from an empty database; all its data is lost.")
  var reset = false

  @Flag(help: "Empty the database of a server with --reset without a question.")
  var yes = false

  @Flag(
    help:
      "Replace passwords that a server has and the credential folder has not; programs with them are shut out."
  )
  var replacePasswords = false

  @Flag(help: "Serve no page for the browser.")
  var noConsole = false

  @OptionGroup var ports: PortOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    if reset { try confirmReset(of: try context.environment.databaseIdentity(), on: context.console) }
    let stop = StopRequest(of: context.stop)
    let keys = FleetKeys(directory: context.folder("keys"))
    if context.manifest.isLive {
      throw ToolError("the services need the compiled schema, not 'schema: live'")
    }
    let manifest = try context.fleetManifest()
    let members = try ports.members(of: manifest, in: context.settings)
    try manifest.requirePrograms(in: Self.programs.path) {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    let context = try await context.fleet()
    // This check comes first: the preparation may empty a database that another fleet uses.
    try await Fleet.refuseTakenPorts(of: members)
    let lock = try FleetLock(folder: context.tool.stateFolder)
    defer { withExtendedLifetime(lock) {} }
    try await FleetPreparation(context: context, fleet: manifest, keys: keys, stop: stop).run(
      reset: reset, replacingPasswords: replacePasswords)
    stop.watch([])
    let fleet = try await start(members, on: context, keys: keys)
    stop.watch(fleet.processes)
    do {
      let code = try await serve(fleet, on: context, keys: keys, until: stop)
      await end(fleet, on: context)
      return code
    } catch {
      await end(fleet, on: context)
      throw error
    }
  }

  /// A database on a server may have other users than this fleet, so its reset needs a decision.
  private func confirmReset(
    of database: (engine: any DatabaseEngine, name: String), on console: Console
  ) throws {
    guard case .server = database.engine.location else { return }
    try console.confirm(
      "--reset deletes all data in the database \(database.name) on the server", ofDatabase: database.name,
      yes: yes)
  }

  private func start(
    _ members: [FleetMember], on context: FleetContext, keys: FleetKeys
  ) async throws -> Fleet {
    // An empty variable counts as not set.
    var variables = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
    if once {
      // The story's own subscriber listens on this machine.
      let name = "WEBHOOK_ALLOWED_HOSTS"
      variables[name] = [variables[name], "127.0.0.1"].compactMap { $0 }.joined(separator: ",")
    }
    let environment = FleetEnvironment(of: context, keys: keys, passingOn: variables)
    context.console.progress("starting \(members.count) processes, each under its own account")
    return try await Fleet.start(
      members, manifest: context.manifest, environment: environment, programs: Self.programs,
      logs: context.tool.folder("logs"))
  }

  private func serve(
    _ fleet: Fleet, on context: FleetContext, keys: FleetKeys, until stop: StopRequest
  ) async throws -> Runtime.ExitCode {
    let console = context.console
    try await fleet.waitUntilReady(until: stop) { console.progress("\($0.name) is ready") }
    if stop.isRequested {
      guard once else { return .success }
      throw ToolError("stopped before the proof had ended")
    }
    let members = fleet.processes.map(\.member)
    if once {
      FleetBanner(context: context, members: members, page: nil, settings: nil).show()
      let run = FirstRun(context: context, keys: keys, members: members)
      return try await stop.cancelling("the proof") { try await run.run() }
    }
    let settings = try FleetSettings(fleet: context, firstPort: members[0].port)
    defer { settings.remove() }
    let page = await openPage(over: context, members)
    FleetBanner(context: context, members: members, page: page?.link, settings: settings.path).show()
    do {
      while !stop.isRequested {
        try fleet.checkAlive()
        try await Task.sleep(for: .milliseconds(100))
      }
      await page?.stop()
    } catch {
      await page?.stop()
      throw error
    }
    return .success
  }

  /// The fleet is the main job: it runs without its page too.
  private func openPage(over context: FleetContext, _ members: [FleetMember]) async -> WebConsole? {
    if noConsole { return nil }
    do {
      return try await WebConsole.start(over: context, members: members, allowsChanges: false, port: 0)
    } catch {
      context.console.printError("\(error)")
      return nil
    }
  }

  private func end(_ fleet: Fleet, on context: FleetContext) async {
    let console = context.console
    console.progress("stopping the fleet, last started first")
    for member in await fleet.stop() {
      console.printError(
        "\(member.name) did not stop within \(Int(Fleet.stopDeadlineSeconds)) s and was killed")
    }
    // A member that was killed has left its last writes in the journal of the file.
    if case .file = context.database.administration.engine.location {
      try? await context.database.withDatabase { try await $0.ping() }
    }
  }

  /// The folder of the programs, which is the tool's own.
  private static var programs: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }
}
