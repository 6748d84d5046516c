import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access apply`: makes the engines match the manifest.
struct AccessApplyCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Make database and cache match the manifest, accounts and credentials included.")

  @OptionGroup var output: OutputOptions

  @OptionGroup var retirement: RetirementOptions

  @OptionGroup var only: FocusOptions

  @OptionGroup var logins: LoginOptions

  @Flag(
    help:
      "Also change rights where the database has the schema of a newer release, whose services may need them."
  )
  var force = false

  @Flag(
    help:
      "Replace passwords also where an engine has none of the credential folder's; programs with them are shut out."
  )
  var replacePasswords = false

  private struct Content: Encodable {
    let outcome: AccessOutcome
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let engines = try await context.engines(retirement, only).with(logins)
    let outcomes = await engines.apply(sparingNewer: !force, replacingPasswords: replacePasswords)
    let leftOut = engines.leftOut(of: outcomes) { $0.leftOut }
    try EngineReport(outcomes, json: output.json, leavingOut: leftOut).show(on: context.console) {
      Content(outcome: $0)
    } text: {
      Self.show($0, of: $1, on: context.console)
    }
    return outcomes.exitCode { $0.isComplete }
  }

  static func show(_ outcome: AccessOutcome, of engine: String, on console: Console) {
    let nothing = outcome.isComplete ? "nothing to do" : "no step applied"
    console.print(
      "\(engine): \(outcome.done.isEmpty ? nothing : "\(outcome.done.count.counted("step")) applied")")
    for step in outcome.done { console.print("  \(console.out(.good, "+")) \(step.text)") }
    console.show(outcome)
  }
}

/// `--drop-retired`, for accounts that the manifest no longer lists.
struct RetirementOptions: ParsableArguments {
  @Flag(
    help: "Drop the closed roles, and the credential files, of accounts that the manifest no longer lists.")
  var dropRetired = false
}

extension ToolContext {
  /// The engines of a command that may drop retired accounts, or be limited.
  func engines(_ retirement: RetirementOptions, _ only: FocusOptions) async throws -> AccessEngines {
    guard retirement.dropRetired else { return try await engines(only: only) }
    // A retired account is no account of the manifest, so no focus covers it.
    guard only.words.isEmpty else { throw ValidationError("--drop-retired and --only exclude each other") }
    return try await engines(.everything) { try $0.fleetOfManifest(droppingRetired: true).engines }
  }
}
