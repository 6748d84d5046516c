import Cryptography
import DataAccess
import Secrets
import Transport

/// The database that the settings select: its engine, its address and the account.
package struct SelectedDatabase: Sendable {
  /// The engine that `DB_TYPE` or the scheme of `DATABASE_URL` selects.
  package var engine: any DatabaseEngine
  /// The address, the account and the pool.
  package var configuration: DatabaseConfiguration

  /// Creates a selection.
  package init(engine: any DatabaseEngine, configuration: DatabaseConfiguration) {
    self.engine = engine
    self.configuration = configuration
  }

  /// Makes a driver for the configured account. A program makes one: each driver knows only its own connections, remembers
  /// by itself which server took writes last, and tries a refused password by itself.
  package func makeDriver() -> any DatabaseDriver { engine.driver(configuration) }

  /// The default of `DB_NAME`.
  package static let defaultName = "app_db"
}

extension SelectedDatabase {
  /// Reads `DATABASE_URL` where it is set, else `DB_*`. Reports all errors and returns nil where the settings select
  /// no engine.
  package init?(reading environment: inout EnvironmentReader, from registry: EngineRegistry, cores: Int) {
    let known = environment.problems.count
    let address: DatabaseAddress?
    var fromURL = false
    if let url = environment.databaseURL() {
      fromURL = true
      address = DatabaseAddress(url: url, reading: &environment, from: registry)
    } else if environment.problems.count > known {
      address = nil
    } else {
      address = DatabaseAddress(parts: &environment, from: registry)
    }
    let poolSize = environment.integer(
      "DB_POOL_SIZE", default: DatabaseConfiguration.defaultPoolSize(cores: cores),
      in: 1...DatabaseConfiguration.maximumPoolSize)
    let maximumRetries = environment.integer("DB_MAX_RETRIES", default: 5, in: 0...10_000)
    let retryDelaySeconds = environment.integer("DB_RETRY_DELAY", default: 5, in: 0...3600)
    let preparedStatements: PreparedStatements = environment.choice("DB_PREPARED_STATEMENTS", default: .named)
    guard let address else { return nil }
    engine = address.engine
    configuration = DatabaseConfiguration(
      hosts: address.hosts, name: address.engine.databaseName(address.name), user: address.user,
      tls: address.tls, poolSize: poolSize, maximumRetries: maximumRetries,
      retryDelaySeconds: retryDelaySeconds, preparedStatements: preparedStatements)
    configuration.credential = address.credential
    if engine.location.isEmbedded {
      environment.checkFolder(of: configuration.name, fromURL ? "DATABASE_URL" : "DB_NAME")
    }
    configuration.serverKeyFile = environment.serverKeyFile(of: address)
    environment.checkAuthorities(of: address.tls, fromURL ? "DATABASE_URL" : "DB_CA_FILE")
  }
}

extension EnvironmentReader {
  /// The URL, which wins over the parts of an address. A part beside it is perhaps of the server that was meant, so each is a
  /// warning.
  fileprivate mutating func databaseURL() -> String? {
    guard let url = optionalText("DATABASE_URL") else { return nil }
    let parts = ["DB_TYPE", "DB_HOST", "DB_PORT", "DB_NAME", "DB_TLS", "DB_CA_FILE"]
    for part in parts.compactMap({ variable(of: $0) }) {
      warn(part, "has no effect: DATABASE_URL wins over it")
    }
    return url
  }

  /// The file of the server's key. Where it would have no effect, a wrong belief in it is reported.
  fileprivate mutating func serverKeyFile(of address: DatabaseAddress) -> String? {
    let name = "DB_SERVER_PUBLIC_KEY_FILE"
    guard let path = optionalPath(name) else { return nil }
    guard address.engine.pinsServerKeys else {
      report(name, "has no effect: \(address.engine.dialect.engineName) does not send passwords")
      return nil
    }
    guard address.tls == .disable else {
      report(name, "is for a connection without TLS; with TLS, DB_CA_FILE identifies the server")
      return nil
    }
    checkKeyFile(path, name) { text throws(CryptographyError) in _ = try RSAPublicKey(pem: Array(text.utf8)) }
    return path
  }

  /// The engine and the database's name, for output that is made offline: no account is required. Nil, with every
  /// problem reported, where no engine can be selected.
  package mutating func databaseIdentity(
    in registry: EngineRegistry
  ) -> (engine: any DatabaseEngine, name: String)? {
    let known = problems.count
    if let url = databaseURL() {
      return DatabaseAddress.parsed(url, reporting: &self, from: registry).map { ($0.engine, $0.name) }
    }
    guard problems.count == known else { return nil }
    let name = text("DB_NAME", default: SelectedDatabase.defaultName)
    guard let engine = databaseEngine(in: registry) else { return nil }
    checkServerSettings(beside: engine)
    return (engine, name)
  }
}
