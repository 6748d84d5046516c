import Secrets

/// The engines a program can be told to use. Which of them it really has is decided in its `Composition.swift`.
public enum DatabaseEngineName: String, Sendable, Hashable, CaseIterable {
  case postgresql, mysql, sqlite

  /// The port where `DB_PORT` is not given; 0 for an engine that listens nowhere.
  public var defaultPort: Int {
    switch self {
    case .postgresql: 5432
    case .mysql: 3306
    case .sqlite: 0
    }
  }
}

/// How a connection is protected on its way.
public enum TransportSecurity: String, Sendable, Hashable, CaseIterable {
  /// In the clear: for loopback.
  case disable
  /// Encrypted, the server's certificate not checked.
  case require
  /// Encrypted, the certificate checked against the authority and the host's name.
  case verifyFull = "verify-full"
}

/// Where the database is, and as whom to speak to it: `DB_*`, or all of it in `DATABASE_URL`.
public struct DatabaseSettings: Sendable, Hashable {
  /// `DB_TYPE`.
  public var engine: DatabaseEngineName
  /// `DB_HOST` and `DB_PORT`, tried in order; empty for SQLite.
  public var hosts: [HostPort]
  /// `DB_NAME`; for SQLite the path of the file, which ends in `.db`.
  public var name: String
  /// `DB_USER`: this program's own account.
  public var user: String
  /// `DB_PASS`; empty for SQLite.
  public var password: Secret
  /// `DB_TLS`.
  public var security: TransportSecurity
  /// `DB_CA_FILE`: the authority for `verify-full`; nil is the system's.
  public var authorityFile: String?
  /// `DB_POOL_SIZE`: connections of the whole process, over all its loops.
  public var poolSize: Int
  /// `DB_MAX_RETRIES`: attempts to reach the database at start.
  public var maximumRetries: Int
  /// `DB_RETRY_DELAY`: seconds between those attempts.
  public var retryDelaySeconds: Int

  /// Connections of one process at most.
  public static let maximumPoolSize = 1000

  /// The default of `DB_POOL_SIZE`: the measured optimum of a machine with one spindle.
  public static func defaultPoolSize(cores: Int) -> Int { 2 * cores + 1 }
}

extension DatabaseSettings {
  /// Reads `DATABASE_URL` where it is given, else the parts.
  public init(reading environment: inout EnvironmentReader, cores: Int) {
    let known = environment.problems.count
    let address: DatabaseAddress
    if let url = environment.optionalText("DATABASE_URL") {
      address = DatabaseAddress(url: url, reading: &environment)
    } else if environment.problems.count > known {
      address = .placeholder
    } else {
      address = DatabaseAddress(parts: &environment)
    }
    engine = address.engine
    hosts = address.hosts
    name = Self.fileName(address.name, for: address.engine)
    user = address.user
    password = address.password
    security = address.security ?? Self.defaultSecurity(of: address.hosts)
    authorityFile = address.authorityFile
    poolSize = environment.integer(
      "DB_POOL_SIZE", default: Self.defaultPoolSize(cores: cores), in: 1...Self.maximumPoolSize)
    maximumRetries = environment.integer("DB_MAX_RETRIES", default: 5, in: 0...10_000)
    retryDelaySeconds = environment.integer("DB_RETRY_DELAY", default: 5, in: 0...3600)
  }

  private static func fileName(_ name: String, for engine: DatabaseEngineName) -> String {
    engine == .sqlite && !name.hasSuffix(".db") ? "\(name).db" : name
  }

  private static func defaultSecurity(of hosts: [HostPort]) -> TransportSecurity {
    hosts.allSatisfy(\.isLoopback) ? .disable : .verifyFull
  }
}
