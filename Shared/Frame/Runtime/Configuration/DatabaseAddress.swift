import DataAccess
import Secrets
import Transport

/// The database's address and account, from `DATABASE_URL` or from the `DB_*` variables.
struct DatabaseAddress {
  var engine: any DatabaseEngine
  var hosts: [Endpoint]
  var name: String
  var user: String
  var credential: CredentialSource
  var tlsMode: TLSMode.Name?
  var authorityFile: String?

  /// The configured mode, or the default for these hosts.
  var tls: TLSMode {
    TLSMode(tlsMode ?? TLSMode.defaultName(for: hosts), authorityFile: authorityFile)
  }
}

extension DatabaseAddress {
  /// Reads `DB_TYPE`, `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER`, `DB_PASS`, `DB_TLS` and `DB_CA_FILE`. Reports an
  /// error and returns nil where `DB_TYPE` selects no engine.
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
      environment.checkServerSettings(beside: engine)
      credential = environment.optionalCredential("DB_PASS") ?? .fixed(Secret(""))
      hosts = []
      return
    }
    credential = environment.requiredCredential("DB_PASS")
    let port = environment.integer("DB_PORT", default: defaultPort, in: Endpoint.ports)
    hosts = environment.endpoints("DB_HOST", default: "localhost", defaultPort: port)
    tlsMode = environment.optionalChoice("DB_TLS")
    authorityFile = environment.optionalPath("DB_CA_FILE")
  }

  /// Checks the server's settings that are set. The engine is unknown, so none of them is required.
  private static func checkServerSettings(_ environment: inout EnvironmentReader) {
    _ = environment.optionalSecret("DB_PASS")
    let port = environment.integer("DB_PORT", default: 1, in: Endpoint.ports)
    _ = environment.endpoints("DB_HOST", default: "localhost", defaultPort: port)
    _ = environment.optionalChoice("DB_TLS", of: TLSMode.Name.self)
  }
}

extension EnvironmentReader {
  private static let databaseServer = [
    "DB_HOST", "DB_PORT", "DB_PASS", "DB_TLS", "DB_CA_FILE", "DB_SERVER_PUBLIC_KEY_FILE",
  ]

  /// Reports the settings of a server where no setting selects one: without `DB_TYPE` they would have no effect, and the
  /// rows would go to a file here. Where `DB_TYPE` selects the file, they are doubtful.
  mutating func checkServerSettings(beside engine: any DatabaseEngine) {
    guard engine.location.isEmbedded else { return }
    if isSet("DB_TYPE") {
      for name in Self.databaseServer {
        if let name = variable(of: name) { warn(name, "has no effect: DB_TYPE selects \(engine.name)") }
      }
    } else {
      refuse(Self.databaseServer, without: "DB_TYPE", engine.name)
    }
  }

  /// Reports each of these settings that is set: it has no effect without `selector`, whose default is `fallback`.
  mutating func refuse(_ names: [String], without selector: String, _ fallback: String) {
    for name in names.compactMap({ variable(of: $0) }) {
      report(name, "has no effect without \(selector), whose default is \(fallback) here: set \(selector)")
    }
  }

  /// Reads a comma-separated list of hosts, in the order of the attempts. A host without a port gets the default port.
  mutating func endpoints(_ name: String, default fallback: String, defaultPort: Int) -> [Endpoint] {
    let parts = text(name, default: fallback).split(separator: ",", omittingEmptySubsequences: false)
    let endpoints = parts.compactMap { Endpoint($0, defaultPort: defaultPort) }
    if endpoints.count == parts.count { return endpoints }
    report(name, "must be a host, or a list host:port,host:port")
    return [Endpoint(host: fallback, port: defaultPort)]
  }
}
