import AccessManifest
import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access rotate`: new passwords for accounts that are in use.
struct AccessRotateCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Replace the passwords of accounts in use, without a failed request.",
    discussion: """
      The file of an account has both passwords until the engine refuses the former one. An interrupted rotation is \
      completed by the next call. Where files reach the services later, as a mounted Secret does, either give the time \
      with --delivery and let a copy follow the folder, or use --step and deliver the files between the calls.
      """)

  static let longestWaitSeconds = 86_400

  @Argument(help: "Accounts of the manifest, or its administrators.")
  var accounts: [String] = []

  @Flag(help: "Every account of the manifest, without the administrators.")
  var all = false

  @Flag(help: "Do one step, and say what to do before the next call.")
  var step = false

  @Option(help: "Seconds until a changed file has reached every service.")
  var delivery = 0

  @Option(help: "Seconds for which sessions of the former password may go on before they are ended.")
  var drain = 30

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard all != !accounts.isEmpty else { throw ValidationError("name accounts, or use --all") }
    for (option, value) in [("delivery", delivery), ("drain", drain)] {
      guard (0...Self.longestWaitSeconds).contains(value) else {
        throw ValidationError("--\(option) must be from 0 to \(Self.longestWaitSeconds)")
      }
    }
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let chosen = try chosen(from: context.manifest)
    try requireOwnFiles(of: chosen, context)
    let fleet = try await context.fleet()
    let isQuiet = output.json
    let rotation = FleetRotation(
      fleet: fleet, lock: try lock(context.credentials),
      limits: PasswordRotation.Limits(deliverySeconds: delivery, drainSeconds: drain),
      extent: step ? .oneStep : .toTheEnd,
      progress: { line in if !isQuiet { context.console.progress(line) } })
    let answers = await rotation.run(ofDatabase: chosen.database, ofCache: chosen.cache)
    try EngineReport(answers, json: output.json).show(on: context.console) {
      $0
    } text: {
      show($0, of: $1, on: context.console)
    }
    return answers.exitCode(\.otherServers.isEmpty)
  }

  private func chosen(from manifest: AccessManifest) throws -> (database: [String], cache: [String]) {
    let (database, cache) = (manifest.databaseAccounts.map(\.name), manifest.cacheAccounts.map(\.name))
    if all { return (database, cache) }
    let administrators = manifest.administrators
    let (ofDatabase, ofCache) = (
      database + [administrators.databaseAccount], cache + [administrators.cacheAccount]
    )
    for account in accounts where !ofDatabase.contains(account) && !ofCache.contains(account) {
      throw ToolError(
        "the manifest has no account '\(account)'; its accounts are "
          + (ofDatabase + ofCache).joined(separator: ", "))
    }
    var seen: Set<String> = []
    let named = accounts.filter { seen.insert($0).inserted }
    return (named.filter(ofDatabase.contains), named.filter(ofCache.contains))
  }

  /// The rotation changes the files of the folder. An administrator whose password this tool has from elsewhere would
  /// be locked out by it.
  private func requireOwnFiles(
    of chosen: (database: [String], cache: [String]), _ context: ToolContext
  ) throws {
    let administrators = context.manifest.administrators
    let own = [
      ("DB", administrators.databaseAccount, chosen.database),
      ("CACHE", administrators.cacheAccount, chosen.cache),
    ]
    for (prefix, account, accounts) in own where accounts.contains(account) {
      let folder = context.credentials.directory
      if let setting = context.environment.foreignPassword(prefix, of: account, in: folder) {
        throw ToolError(
          "\(setting) gives the password of \(account), and a rotation changes \(folder)/\(account): "
            + "let \(prefix)_PASS_FILE name that file, or leave it out")
      }
    }
  }

  private func lock(_ store: CredentialStore) throws -> RotationLock {
    do {
      return try store.lockForRotation()
    } catch {
      guard case .system(let path, "lock", _) = error else { throw error }
      throw ToolError("another rotation of \(store.directory) runs (it holds \(path))")
    }
  }

  private func show(_ answer: RotationAnswer, of engine: String, on console: Console) {
    guard answer.checksPasswords else {
      return console.print("\(engine): checks no password, so there is none to rotate")
    }
    if answer.unfinished.isEmpty {
      console.print("\(engine): \(answer.rotated.count.counted("password")) rotated")
    } else {
      console.print(
        "\(engine): one step done for \(answer.unfinished.joined(separator: ", ")). Deliver the files, wait until "
          + "every service has them, and run the same command again")
    }
    guard !answer.otherServers.isEmpty else { return }
    console.print(
      console.out(
        .caution,
        "  the former passwords are still good on \(answer.otherServers.joined(separator: ", ")), and the new ones are not: "
          + "run `bulkhead access apply --replace-passwords` and `bulkhead access verify` with CACHE_HOST and CACHE_PORT of each"
      ))
  }
}
