/// The settings that a service reads from its environment before it starts.
package struct ServiceConfiguration: Sendable {
  /// The service's name, for logs, cache keys and `whoami`.
  package var name: String
  /// `DB_*` or `DATABASE_URL`.
  package var database: SelectedDatabase
  /// `CACHE_*`.
  package var cache: SelectedCache
  /// `HTTP_*`.
  package var listener: ListenerSettings
  /// `TOKEN_KEY_FILE`, `JWKS_FILE` or `JWKS_URL`.
  package var tokenKey: TokenKeySettings
  /// `USER_CHANGES`: how many changes one user may make in a minute.
  package var userChanges: Int
  /// `LOG_*`.
  package var log: LogSettings
  /// `SHUTDOWN_*`.
  package var shutdown: ShutdownSettings

  /// Doubtful settings, for the log: the service runs with them.
  package var warnings: [ConfigurationProblem]

  /// The default of `USER_CHANGES`.
  package static let defaultUserChanges = 60_000

  /// Reads all settings. Throws all errors at once, including those that the reader recorded before. `checkKey` reports a
  /// token key that the start could not use.
  package init(
    name: String, defaultPort: Int, tokenKey half: TokenKeyHalf, engines: EngineRegistry,
    reading environment: inout EnvironmentReader, cores: Int, isTerminal: Bool,
    checkKey: (TokenKeySettings, inout EnvironmentReader) -> Void = { _, _ in }
  ) throws(ConfigurationProblems) {
    self.name = name
    let database = SelectedDatabase(reading: &environment, from: engines, cores: cores)
    let cache = SelectedCache(reading: &environment, from: engines, beside: database?.engine)
    shutdown = ShutdownSettings(reading: &environment)
    listener = ListenerSettings(reading: &environment, defaultPort: defaultPort, shutdown: shutdown)
    let known = environment.problems.count
    tokenKey = TokenKeySettings(reading: &environment, half: half)
    if environment.problems.count == known { checkKey(tokenKey, &environment) }
    userChanges = environment.integer(
      "USER_CHANGES", default: Self.defaultUserChanges, in: 1...1_000_000)
    log = LogSettings(reading: &environment, isTerminal: isTerminal)
    listener.checkTransferBytes(loops: cores, &environment)
    environment.warnOfUnknownNames()
    environment.warnOfLibraryVariables(of: database?.engine)
    engines.removeLibraryVariables()
    warnings = environment.warnings
    try environment.finish()
    guard let database, let cache else { throw ConfigurationProblems(environment.problems) }
    self.database = database
    self.cache = cache
  }
}

/// The time limits of a shutdown: `SHUTDOWN_DELAY` and `SHUTDOWN_TIMEOUT`.
package struct ShutdownSettings: Sendable, Hashable {
  /// Seconds between the end of readiness and the closing of the listener, so that load balancers react first.
  package var delaySeconds: Int
  /// Seconds that requests in flight may take to finish.
  package var timeoutSeconds: Int

  /// The default of `SHUTDOWN_TIMEOUT`.
  package static let defaultTimeoutSeconds = 20

  /// Creates settings.
  package init(delaySeconds: Int = 0, timeoutSeconds: Int = ShutdownSettings.defaultTimeoutSeconds) {
    self.delaySeconds = delaySeconds
    self.timeoutSeconds = timeoutSeconds
  }

  /// Reads both variables.
  package init(reading environment: inout EnvironmentReader) {
    delaySeconds = environment.integer("SHUTDOWN_DELAY", default: 0, in: 0...3600)
    timeoutSeconds = environment.integer(
      "SHUTDOWN_TIMEOUT", default: Self.defaultTimeoutSeconds, in: 0...3600)
  }
}
