import AccessManifest
import DataAccess
import Foundation
import Runtime

/// The environment as the tool reads it: like a service's, with the manifest's administrators as the default accounts.
///
/// Where the environment names no password, the tool reads the administrator's from the credentials folder, where
/// `bootstrap` has put it. Database and cache are read apart from the rest: a command demands only what it needs.
struct ToolEnvironment: Sendable {
  private let variables: [String: String]

  init(variables: [String: String] = ProcessInfo.processInfo.environment) {
    var variables = variables
    // The tool shows its progress itself; its log is for failures.
    if variables["LOG_LEVEL"] == nil, variables["LOG_LEVEL_FILE"] == nil {
      variables["LOG_LEVEL"] = "warning"
    }
    self.variables = variables
  }

  /// What every command reads, before it knows the manifest.
  func tool() throws(ConfigurationProblems) -> (settings: ToolSettings, log: LogSettings) {
    var environment = reader(variables)
    let settings = ToolSettings(reading: &environment)
    let log = LogSettings(reading: &environment, isTerminal: isatty(STDERR_FILENO) == 1)
    try environment.finish()
    return (settings, log)
  }

  /// The engine alone, for what is made offline: no account and no address is asked for.
  func databaseEngine() throws(ConfigurationProblems) -> any DatabaseEngine {
    var environment = reader(variables)
    let engine = environment.databaseEngine(in: Administrations.engines)
    try environment.finish()
    guard let engine else { throw ConfigurationProblems(environment.problems) }
    return engine
  }

  /// `DB_NAME`, for what is made offline.
  func databaseName() throws(ConfigurationProblems) -> String {
    var environment = reader(variables)
    let name = environment.text("DB_NAME", default: SelectedDatabase.defaultName)
    try environment.finish()
    return name
  }

  /// The database alone.
  func database(
    administrators: Administrators, credentialsDirectory: String
  ) throws(ConfigurationProblems) -> SelectedDatabase {
    var environment = reader(completed(administrators, credentialsDirectory))
    let database = readDatabase(&environment)
    try environment.finish()
    guard let database else { throw ConfigurationProblems(environment.problems) }
    return database
  }

  /// The database and the cache, with the problems of both at once.
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
