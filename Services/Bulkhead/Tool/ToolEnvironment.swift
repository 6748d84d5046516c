import AccessManifest
import DataAccess
import Foundation
import Runtime
import Secrets

/// Reads the tool's settings from the environment. The default accounts are the manifest's administrators.
///
/// Where the environment has no password, the tool reads the administrator's from the credentials folder, which
/// `bootstrap` fills. Database and cache have functions of their own: a command requires only the settings it needs.
struct ToolEnvironment: Sendable {
  private let variables: [String: String]

  /// The settings of this process. What the client libraries would read beside them is removed.
  static func process() -> ToolEnvironment {
    let variables = ProcessInfo.processInfo.environment
    Administrations.engines.removeLibraryVariables()
    return ToolEnvironment(variables: variables)
  }

  init(variables: [String: String]) {
    // As in the services, an empty variable counts as not set.
    var variables = variables.filter { !$0.value.isEmpty }
    // The console shows progress; the log is for failures, and for the logins that persons get and lose.
    if variables["LOG_LEVEL"] == nil, variables["LOG_LEVEL_FILE"] == nil {
      variables["LOG_LEVEL"] = "notice"
    }
    self.variables = variables
  }

  /// The settings of every command, read before the manifest, and what is wrong with them. ``check()`` or one of the readers
  /// below throws the problems; a reader lists its own beside them.
  func tool() -> (settings: ToolSettings, log: LogSettings, problems: [ConfigurationProblem]) {
    var environment = reader(variables)
    let (settings, log) = readTool(&environment)
    return (settings, log, environment.problems)
  }

  /// Doubtful settings: misspelt names, and those of a server beside an engine without one.
  var warnings: [ConfigurationProblem] {
    var environment = reader(variables)
    environment.warnOfUnknownNames()
    environment.warnOfLibraryVariables(
      of: environment.databaseIdentity(in: Administrations.engines)?.engine)
    return environment.warnings
  }

  /// Throws what is wrong with the settings of every command, for a command that reads no others.
  func check() throws(ConfigurationProblems) {
    let problems = tool().problems
    if !problems.isEmpty { throw ConfigurationProblems(problems) }
  }

  /// The engine and the database's name only, for output that is made offline: it needs no account and no address.
  func databaseIdentity() throws(ConfigurationProblems) -> (engine: any DatabaseEngine, name: String) {
    var environment = reader(variables)
    _ = readTool(&environment)
    let identity = environment.databaseIdentity(in: Administrations.engines)
    try environment.finish()
    guard let identity else { throw ConfigurationProblems(environment.problems) }
    return identity
  }

  /// The settings of the database only.
  func database(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> SelectedDatabase {
    var environment = reader(completed(administrators, credentialsDirectory))
    _ = readTool(&environment)
    let database = readDatabase(&environment)
    reportMissingCredentials(&environment, credentialsDirectory)
    try environment.finish()
    guard let database else { throw ConfigurationProblems(environment.problems) }
    return database
  }

  /// The settings of the database and the cache. Throws the problems of both at once.
  func engines(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> (database: SelectedDatabase, cache: SelectedCache) {
    var environment = reader(completed(administrators, credentialsDirectory))
    _ = readTool(&environment)
    let database = readDatabase(&environment)
    let cache = SelectedCache(
      reading: &environment, from: Administrations.engines, beside: database?.engine)
    reportMissingCredentials(&environment, credentialsDirectory)
    try environment.finish()
    guard let database, let cache else { throw ConfigurationProblems(environment.problems) }
    return (database, cache)
  }

  /// The settings of the cache only. The type of the database selects the default of the cache's.
  func cache(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> SelectedCache {
    var environment = reader(completed(administrators, credentialsDirectory))
    _ = readTool(&environment)
    let engine = environment.databaseIdentity(in: Administrations.engines)?.engine
    let cache = SelectedCache(reading: &environment, from: Administrations.engines, beside: engine)
    reportMissingCredentials(&environment, credentialsDirectory)
    try environment.finish()
    guard let cache else { throw ConfigurationProblems(environment.problems) }
    return cache
  }

  private func readTool(_ environment: inout EnvironmentReader) -> (ToolSettings, LogSettings) {
    let settings = ToolSettings(reading: &environment)
    return (settings, LogSettings(reading: &environment, isTerminal: isatty(STDERR_FILENO) == 1))
  }

  private func readDatabase(_ environment: inout EnvironmentReader) -> SelectedDatabase? {
    SelectedDatabase(
      reading: &environment, from: Administrations.engines,
      cores: ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Where a password is missing, names the folder that has none: most often the tool runs in another folder.
  private func reportMissingCredentials(_ environment: inout EnvironmentReader, _ folder: String) {
    // A password that is set is refused for another reason.
    let missing = ["DB_PASS", "CACHE_PASS"].filter { variables[$0] == nil }
    guard environment.problems.contains(where: { missing.contains($0.variable) }) else { return }
    guard !FileManager.default.fileExists(atPath: folder) else { return }
    environment.report(
      "CREDENTIALS_DIR",
      "the folder \(folder) does not exist: set it to the folder of the credentials, or run "
        + "`bulkhead bootstrap` and `bulkhead access credentials`")
  }

  private func reader(_ variables: [String: String]) -> EnvironmentReader {
    EnvironmentReader(variables: variables) { try PlainFile.text(of: $0) }
  }

  /// The setting by which this tool has its own password from elsewhere than the credentials folder; nil where it reads
  /// the folder. `prefix` is `DB` or `CACHE`.
  func foreignPassword(_ prefix: String, of account: String, in folder: String) -> String? {
    if prefix == "DB", variables["DATABASE_URL"] != nil { return "DATABASE_URL" }
    if variables["\(prefix)_PASS"] != nil { return "\(prefix)_PASS" }
    guard let file = variables["\(prefix)_PASS_FILE"] else { return nil }
    let paths = [file, "\(folder)/\(account)"].map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath().standardizedFileURL.path
    }
    return paths[0] == paths[1] ? nil : "\(prefix)_PASS_FILE"
  }

  /// Whether the engine that the settings select checks passwords. An embedded one refuses them.
  private func hasServer(_ prefix: String, _ variables: [String: String]) -> Bool {
    var environment = reader(variables)
    let database = environment.databaseIdentity(in: Administrations.engines)?.engine
    if prefix == "DB" { return database?.location.isEmbedded != true }
    return environment.cacheEngine(in: Administrations.engines, beside: database)?.location.isEmbedded != true
  }

  private func completed(_ administrators: Administrators, _ folder: String) -> [String: String] {
    var variables = variables
    if !administrators.hasCache {
      // Settings of a cache that the manifest does not have, of a shell that serves another fleet, say nothing.
      variables = variables.filter { !$0.key.hasPrefix("CACHE_") }
      variables["CACHE_TYPE"] = "memory"
    }
    let accounts =
      [("DB", administrators.databaseAccount)]
      + (administrators.hasCache ? [("CACHE", administrators.cacheAccount)] : [])
    for (prefix, account) in accounts {
      if prefix == "DB", variables["DATABASE_URL"] != nil { continue }
      let isNamed = variables["\(prefix)_USER"] != nil || variables["\(prefix)_USER_FILE"] != nil
      if !isNamed { variables["\(prefix)_USER"] = account }
      let hasPassword = variables["\(prefix)_PASS"] != nil || variables["\(prefix)_PASS_FILE"] != nil
      let file = "\(folder)/\(account)"
      if !isNamed, !hasPassword, hasServer(prefix, variables), FileManager.default.fileExists(atPath: file) {
        variables["\(prefix)_PASS_FILE"] = file
      }
    }
    return variables
  }
}

/// The settings that only the tool reads: `ACCESS_MANIFEST`, `CREDENTIALS_DIR` and `FIRST_PORT`.
struct ToolSettings: Sendable, Hashable {
  /// The path of the access manifest.
  var manifestPath: String
  /// The folder of the credentials: one password file for each account, with the account's name.
  var credentialsDirectory: String
  /// The port of the fleet's first service, where `--first-port` does not name one; nil is that of the manifest.
  var firstPort: Int?

  /// Reads the variables.
  init(reading environment: inout EnvironmentReader) {
    manifestPath = environment.text("ACCESS_MANIFEST", default: "deploy/access.yaml")
    credentialsDirectory = environment.text("CREDENTIALS_DIR", default: ".bulkhead/credentials")
    firstPort = environment.optionalInteger("FIRST_PORT", in: PortOptions.bounds)
  }
}
