import Secrets

/// What `DB_HOST` and its companions, or `DATABASE_URL`, say; the same values whichever way they were given.
struct DatabaseAddress {
  var engine: DatabaseEngineName
  var hosts: [HostPort]
  var name: String
  var user: String
  var password: Secret
  var security: TransportSecurity?
  var authorityFile: String?

  /// Stands in where a problem was reported already.
  static let placeholder = DatabaseAddress(
    engine: .sqlite, hosts: [], name: "app_db", user: "", password: Secret(""), security: nil,
    authorityFile: nil)
}

extension DatabaseAddress {
  /// Reads `DB_TYPE`, `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER`, `DB_PASS`, `DB_TLS` and `DB_CA_FILE`.
  init(parts environment: inout EnvironmentReader) {
    engine = environment.choice("DB_TYPE", default: .sqlite)
    name = environment.text("DB_NAME", default: "app_db")
    user = environment.requiredText("DB_USER")
    guard engine != .sqlite else {
      password = environment.optionalSecret("DB_PASS") ?? Secret("")
      hosts = []
      return
    }
    password = environment.requiredSecret("DB_PASS")
    let port = environment.integer("DB_PORT", default: engine.defaultPort, in: HostPort.ports)
    hosts = environment.hosts("DB_HOST", default: "localhost", defaultPort: port)
    security = environment.optionalChoice("DB_TLS")
    authorityFile = environment.optionalPath("DB_CA_FILE")
  }
}
