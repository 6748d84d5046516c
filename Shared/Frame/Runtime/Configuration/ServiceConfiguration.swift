/// Everything that a service reads from its environment before it starts.
package struct ServiceConfiguration: Sendable {
  /// The name of the service, for logs, cache keys and `whoami`.
  package var name: String
  /// `DB_*` or `DATABASE_URL`.
  package var database: SelectedDatabase
  /// `CACHE_*`.
  package var cache: SelectedCache
  /// `HTTP_*`.
  package var listener: ListenerSettings
  /// `TOKEN_KEY_FILE`, `JWKS_FILE` or `JWKS_URL`.
  package var tokenKey: TokenKeySettings
  /// `LOG_*`.
  package var log: LogSettings
  /// `SHUTDOWN_*`.
  package var shutdown: ShutdownSettings

  /// Reads all of it and throws every problem at once, those that the reader has recorded before among them.
  package init(
    name: String, defaultPort: Int, tokenKey half: TokenKeyHalf, engines: EngineRegistry,
    reading environment: inout EnvironmentReader, cores: Int, isTerminal: Bool
  ) throws(ConfigurationProblems) {
    self.name = name
    let database = SelectedDatabase(reading: &environment, from: engines, cores: cores)
    let cache = SelectedCache(reading: &environment, from: engines, beside: database?.engine)
    listener = ListenerSettings(reading: &environment, defaultPort: defaultPort)
    tokenKey = TokenKeySettings(reading: &environment, half: half)
    log = LogSettings(reading: &environment, isTerminal: isTerminal)
    shutdown = ShutdownSettings(reading: &environment)
    try environment.finish()
    guard let database, let cache else { throw ConfigurationProblems(environment.problems) }
    self.database = database
    self.cache = cache
  }
}
