import Foundation
import Runtime

/// The environment as the tool reads it: like a service's, with the administrators as the default accounts.
///
/// Their passwords are looked for in the credentials folder where the environment names none, because that is where
/// `bootstrap` put them.
struct ToolEnvironment {
  static let databaseAdministrator = "migrate-admin"
  static let cacheAdministrator = "cache-admin"

  let database: DatabaseSettings
  let cache: CacheSettings
  let tool: ToolSettings
  let log: LogSettings

  /// Reads everything and reports every problem at once.
  init(variables: [String: String] = ProcessInfo.processInfo.environment) throws {
    var environment = EnvironmentReader(variables: Self.completed(variables)) { path in
      try String(contentsOfFile: path, encoding: .utf8)
    }
    tool = ToolSettings(reading: &environment)
    database = DatabaseSettings(reading: &environment, cores: ProcessInfo.processInfo.activeProcessorCount)
    if database.engine == .mysql {
      environment.report("DB_TYPE", "mysql is not built into this version; it is postgresql or sqlite")
    }
    cache = CacheSettings(reading: &environment, engine: database.engine)
    log = LogSettings(reading: &environment, isTerminal: isatty(STDERR_FILENO) == 1)
    try environment.finish()
  }

  private static func completed(_ variables: [String: String]) -> [String: String] {
    var variables = variables
    // The tool tells its progress itself; its log is for what goes wrong.
    if variables["LOG_LEVEL"] == nil, variables["LOG_LEVEL_FILE"] == nil {
      variables["LOG_LEVEL"] = "warning"
    }
    let folder = variables["CREDENTIALS_DIR"] ?? ".bulkhead/credentials"
    for (prefix, account) in [("DB", databaseAdministrator), ("CACHE", cacheAdministrator)] {
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
