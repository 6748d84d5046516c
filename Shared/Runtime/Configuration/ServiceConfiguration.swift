/// Everything a service reads from its environment before it starts.
public struct ServiceConfiguration: Sendable, Hashable {
  /// The name of the service, for logs, cache keys and `whoami`.
  public var name: String
  /// `DB_*` or `DATABASE_URL`.
  public var database: DatabaseSettings
  /// `CACHE_*`.
  public var cache: CacheSettings
  /// `HTTP_*`.
  public var listener: ListenerSettings
  /// `TOKEN_KEY_FILE`, `JWKS_FILE` or `JWKS_URL`.
  public var tokenKey: TokenKeySettings
  /// `LOG_*`.
  public var log: LogSettings
  /// `SHUTDOWN_*`.
  public var shutdown: ShutdownSettings

  /// Reads all of it; problems stay in the reader, whose `finish()` throws them together.
  public init(
    name: String, defaultPort: Int, tokenKey half: TokenKeyHalf, reading environment: inout EnvironmentReader,
    cores: Int, isTerminal: Bool
  ) {
    self.name = name
    database = DatabaseSettings(reading: &environment, cores: cores)
    cache = CacheSettings(reading: &environment, engine: database.engine)
    listener = ListenerSettings(reading: &environment, defaultPort: defaultPort)
    tokenKey = TokenKeySettings(reading: &environment, half: half)
    log = LogSettings(reading: &environment, isTerminal: isTerminal)
    shutdown = ShutdownSettings(reading: &environment)
  }
}
