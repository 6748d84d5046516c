import AccessManifest
import Foundation
import Runtime

/// The environment of each member. All members share the database and the cache; each has an account of its own.
struct FleetEnvironment: Sendable {
  let database: SelectedDatabase
  let cache: SelectedCache
  let credentialsDirectory: URL
  let keys: FleetKeys
  /// Settings of the tool's own environment that every member gets, such as `LOG_LEVEL`.
  let passedOn: [String: String]

  static let namesPassedOn = [
    "LOG_LEVEL", "LOG_FORMAT", "LOG_SLOW_MS", "LOG_SLOW_PLAN", "SHUTDOWN_DELAY", "SHUTDOWN_TIMEOUT",
    "HTTP_REQUEST_TIMEOUT",
    "HTTP_MAX_CONNECTIONS", "HTTP_MAX_CONNECTIONS_PER_ADDRESS", "HTTP_MAX_REQUESTS", "HTTP_QUEUE_MS",
    "HTTP_MAX_UNSENT_BYTES", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION", "HTTP_MIN_BYTES_PER_SECOND",
    "HTTP_MAX_INCOMPLETE_BYTES", "HTTP_MAX_HEADER_BYTES", "HTTP_MAX_BODY_BYTES", "HTTP_HEADER_TIMEOUT",
    "HTTP_BODY_TIMEOUT",
    "HTTP_IDLE_TIMEOUT", "HTTP_TRUSTED_PROXIES", "HTTP_CORS_ORIGINS",
    "SIGN_IN_FAILURES", "SIGN_UPS", "HASH_QUEUE_MS", "USER_CHANGES",
    "ACCESS_TOKEN_SECONDS", "SESSION_IDLE_SECONDS", "SESSION_SECONDS", "MAIL_OUTBOX",
    "ROLLUP_INTERVAL", "WEBHOOK_ALLOWED_HOSTS", "WEBHOOK_TIMEOUT",
    "DB_POOL_SIZE", "DB_PREPARED_STATEMENTS",
  ]

  /// The environment of the fleet's members, with what `variables` passes on.
  init(of fleet: FleetContext, keys: FleetKeys, passingOn variables: [String: String]) {
    database = fleet.database.selected
    cache = fleet.cache
    credentialsDirectory = URL(fileURLWithPath: fleet.tool.credentials.directory)
    self.keys = keys
    passedOn = variables.filter { Self.namesPassedOn.contains($0.key) }
  }

  func variables(for member: FleetMember, of service: ServiceAccess) -> [String: String] {
    var variables = Self.values(member.service.local)
    variables.merge(passedOn) { $1 }
    variables.merge(databaseVariables(account: service.databaseAccount)) { $1 }
    variables.merge(cacheVariables(account: service.cacheAccount ?? "")) { $1 }
    variables.merge(Self.values(member.service.environment)) { $1 }
    variables["HTTP_HOST"] = "127.0.0.1"
    variables["HTTP_PORT"] = String(member.port)
    if !member.service.signsTokens { variables["JWKS_FILE"] = keys.keySet }
    if member.service.signsTokens, variables["MAIL_OUTBOX"] == nil { variables["MAIL_OUTBOX"] = keys.outbox }
    for secret in member.service.secrets { variables["\(secret.variable)_FILE"] = keys.file(of: secret) }
    return variables
  }

  private static func values(_ variables: [FleetVariable]) -> [String: String] {
    Dictionary(variables.map { ($0.name, $0.value) }) { $1 }
  }

  private func databaseVariables(account: String) -> [String: String] {
    let configuration = database.configuration
    var variables = ["DB_TYPE": database.engine.name, "DB_NAME": configuration.name, "DB_USER": account]
    if database.engine.location.isEmbedded { return variables }
    variables["DB_HOST"] = configuration.hosts.map(\.description).joined(separator: ",")
    variables["DB_PASS_FILE"] = credential(account)
    variables["DB_TLS"] = configuration.tls.name.rawValue
    variables["DB_CA_FILE"] = configuration.tls.authorityFile
    variables["DB_SERVER_PUBLIC_KEY_FILE"] = configuration.serverKeyFile
    return variables
  }

  private func cacheVariables(account: String) -> [String: String] {
    var variables = ["CACHE_TYPE": cache.engine.name, "CACHE_USER": account]
    if cache.engine.location.isEmbedded { return variables }
    let configuration = cache.configuration
    variables["CACHE_HOST"] = configuration.endpoint.host
    variables["CACHE_PORT"] = String(configuration.endpoint.port)
    variables["CACHE_PASS_FILE"] = credential(account)
    variables["CACHE_TLS"] = configuration.tls.name.rawValue
    variables["CACHE_CA_FILE"] = configuration.tls.authorityFile
    return variables
  }

  private func credential(_ account: String) -> String {
    credentialsDirectory.appendingPathComponent(account).path
  }
}
