import DataAccess
import Secrets
import Transport

/// What `DB_HOST` and its companions, or `DATABASE_URL`, say; the same values whichever way they were given.
struct DatabaseAddress {
  var engine: any DatabaseEngine
  var hosts: [Endpoint]
  var name: String
  var user: String
  var password: Secret
  var tlsMode: TLSMode.Name?
  var authorityFile: String?

  /// The mode that was asked for, else the default for these hosts.
  var tls: TLSMode {
    TLSMode(tlsMode ?? TLSMode.defaultName(for: hosts), authorityFile: authorityFile)
  }
}

extension DatabaseAddress {
  /// Reads `DB_TYPE`, `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER`, `DB_PASS`, `DB_TLS` and `DB_CA_FILE`; nil, with the
  /// problem reported, where `DB_TYPE` selects no engine.
  init?(parts environment: inout EnvironmentReader, from registry: EngineRegistry) {
    let selected = environment.databaseEngine(in: registry)
    name = environment.text("DB_NAME", default: SelectedDatabase.defaultName)
    user = environment.requiredText("DB_USER")
    guard let engine = selected else {
      Self.checkServerSettings(&environment)
      return nil
    }
    self.engine = engine
    guard case .server(let defaultPort) = engine.location else {
      password = environment.optionalSecret("DB_PASS") ?? Secret("")
      hosts = []
      return
    }
    password = environment.requiredSecret("DB_PASS")
    let port = environment.integer("DB_PORT", default: defaultPort, in: Endpoint.ports)
    hosts = environment.endpoints("DB_HOST", default: "localhost", defaultPort: port)
    tlsMode = environment.optionalChoice("DB_TLS")
    authorityFile = environment.optionalPath("DB_CA_FILE")
  }

  /// Reports what is wrong with settings that are given, where the engine is unknown and with it which are needed.
  private static func checkServerSettings(_ environment: inout EnvironmentReader) {
    _ = environment.optionalSecret("DB_PASS")
    let port = environment.integer("DB_PORT", default: 1, in: Endpoint.ports)
    _ = environment.endpoints("DB_HOST", default: "localhost", defaultPort: port)
    _ = environment.optionalChoice("DB_TLS", of: TLSMode.Name.self)
  }
}
