import AccessManifest
import DataAccess
import Foundation
import Runtime

/// Reads the tool's settings from the environment. The default accounts are the manifest's administrators.
///
/// Where the environment has no password, the tool reads the administrator's from the credentials folder, which
/// `bootstrap` fills. Database and cache have functions of their own: a command requires only the settings it needs.
struct ToolEnvironment: Sendable {
  private let variables: [String: String]

  init(variables: [String: String] = ProcessInfo.processInfo.environment) {
    var variables = variables
    // The console shows progress; the log is for failures.
    if variables["LOG_LEVEL"] == nil, variables["LOG_LEVEL_FILE"] == nil {
      variables["LOG_LEVEL"] = "warning"
    }
    self.variables = variables
  }

  /// The settings of every command, read before the manifest.
  func tool() throws(ConfigurationProblems) -> (settings: ToolSettings, log: LogSettings) {
    var environment = reader(variables)
    let settings = ToolSettings(reading: &environment)
    let log = LogSettings(reading: &environment, isTerminal: isatty(STDERR_FILENO) == 1)
    try environment.finish()
    return (settings, log)
  }

  /// The engine only, for output that is made offline: it needs no account and no address.
  func databaseEngine() throws(ConfigurationProblems) -> any DatabaseEngine {
    var environment = reader(variables)
    let engine = environment.databaseEngine(in: Administrations.engines)
    try environment.finish()
    guard let engine else { throw ConfigurationProblems(environment.problems) }
    return engine
  }

  /// `DB_NAME`, for output that is made offline.
  func databaseName() throws(ConfigurationProblems) -> String {
    var environment = reader(variables)
    let name = environment.text("DB_NAME", default: SelectedDatabase.defaultName)
    try environment.finish()
    return name
  }

  /// The settings of the database only.
  func database(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> SelectedDatabase {
    var environment = reader(completed(administrators, credentialsDirectory))
    let database = readDatabase(&environment)
    try environment.finish()
    guard let database else { throw ConfigurationProblems(environment.problems) }
    return database
  }

  /// The settings of the database and the cache. Throws the problems of both at once.
  func engines(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> (database: SelectedDatabase, cache: SelectedCache) {
    var environment = reader(completed(administrators, credentialsDirectory))
    let database = readDatabase(&environment)
    let cache = SelectedCache(
      reading: &environment, from: Administrations.engines, beside: database?.engine)
    try environment.finish()
    guard let database, let cache else { throw ConfigurationProblems(environment.problems) }
    return (database, cache)
  }

  private func readDatabase(_ environment: inout EnvironmentReader) -> SelectedDatabase? {
    SelectedDatabase(
      reading: &environment, from: Administrations.engines,
      cores: ProcessInfo.processInfo.activeProcessorCount)
  }

  private func reader(_ variables: [String: String]) -> EnvironmentReader {
    EnvironmentReader(variables: variables) { try String(contentsOfFile: $0, encoding: .utf8) }
  }

  private func completed(_ administrators: Administrators, _ folder: String) -> [String: String] {
    var variables = variables
    let accounts = [("DB", administrators.databaseAccount), ("CACHE", administrators.cacheAccount)]
    for (prefix, account) in accounts {
      if prefix == "DB", variables["DATABASE_URL"] != nil { continue }
      let isNamed = variables["\(prefix)_USER"] != nil || variables["\(prefix)_USER_FILE"] != nil
      if !isNamed { variables["\(prefix)_USER"] = account }
      let hasPassword = variables["\(prefix)_PASS"] != nil || variables["\(prefix)_PASS_FILE"] != nil
      let file = "\(folder)/\(account)"
      if !isNamed, !hasPassword, FileManager.default.fileExists(atPath: file) {
        variables["\(prefix)_PASS_FILE"] = file
      }
    }
    return variables
  }
}

/// The settings that only the tool reads: `ACCESS_MANIFEST` and `CREDENTIALS_DIR`.
struct ToolSettings: Sendable, Hashable {
  /// The path of the access manifest.
  var manifestPath: String
  /// The folder of the credentials: one password file for each account, with the account's name.
  var credentialsDirectory: String

  /// Reads both variables.
  init(reading environment: inout EnvironmentReader) {
    manifestPath = environment.text("ACCESS_MANIFEST", default: "deploy/access.yaml")
    credentialsDirectory = environment.text("CREDENTIALS_DIR", default: ".bulkhead/credentials")
  }
}
