import Cache
import DataAccess
import Secrets
import Transport

/// The cache that the settings select: its engine, its address and the account.
package struct SelectedCache: Sendable {
  /// The engine that `CACHE_TYPE` selects.
  package var engine: any CacheEngine
  /// The address and the account.
  package var configuration: CacheConfiguration

  /// Creates a selection.
  package init(engine: any CacheEngine, configuration: CacheConfiguration) {
    self.engine = engine
    self.configuration = configuration
  }
}

extension SelectedCache {
  private static let serverSettings = [
    "CACHE_HOST", "CACHE_PORT", "CACHE_PASS", "CACHE_TLS", "CACHE_CA_FILE",
  ]

  /// Reads `CACHE_*`. The default engine depends on the database's, which is nil where its selection failed. Reports
  /// all errors and returns nil where the settings select no cache.
  package init?(
    reading environment: inout EnvironmentReader, from registry: EngineRegistry,
    beside database: (any DatabaseEngine)?
  ) {
    let selected = environment.cacheEngine(in: registry, beside: database)
    guard let engine = selected, case .server(let defaultPort) = engine.location else {
      // A port that is given is checked, even where no server uses it.
      _ = environment.integer("CACHE_PORT", default: 1, in: Endpoint.ports)
      guard let engine = selected else { return nil }
      // An override by CACHE_TYPE is deliberate: a migration of the composed fleet needs no cache.
      if !environment.isSet("CACHE_TYPE") {
        environment.refuse(Self.serverSettings, without: "CACHE_TYPE", engine.name)
      }
      self.engine = engine
      configuration = CacheConfiguration(
        user: environment.text("CACHE_USER", default: ""),
        password: environment.optionalSecret("CACHE_PASS") ?? Secret(""))
      return
    }
    self.engine = engine
    let port = environment.integer("CACHE_PORT", default: defaultPort, in: Endpoint.ports)
    let endpoint = Self.endpoint(&environment, port: port)
    let user = environment.requiredText("CACHE_USER")
    let credential = environment.requiredCredential("CACHE_PASS")
    configuration = CacheConfiguration(
      endpoint: endpoint, user: user,
      tls: TLSMode(
        environment.choice("CACHE_TLS", default: TLSMode.defaultName(for: [endpoint])),
        authorityFile: environment.optionalPath("CACHE_CA_FILE")))
    configuration.credential = credential
    environment.checkAuthorities(of: configuration.tls, "CACHE_CA_FILE")
  }

  private static func endpoint(_ environment: inout EnvironmentReader, port: Int) -> Endpoint {
    let fallback = Endpoint(host: "localhost", port: port)
    guard let text = environment.optionalText("CACHE_HOST") else { return fallback }
    if let endpoint = Endpoint(text, defaultPort: port) { return endpoint }
    environment.report("CACHE_HOST", "must be one host, or host:port")
    return fallback
  }
}
