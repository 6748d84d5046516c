import Runtime
import Testing

@Suite struct DatabaseSettingsTests {
  private func read(_ variables: [String: String]) -> (settings: DatabaseSettings, problems: [String]) {
    var environment = EnvironmentReader(variables: variables) { _ in "" }
    let settings = DatabaseSettings(reading: &environment, cores: 2)
    return (settings, environment.problems.map(\.variable))
  }

  @Test func `the defaults are those of the contract`() {
    let (settings, problems) = read(["DB_USER": "backend-api-rw"])
    #expect(problems == [])
    #expect(settings.engine == .sqlite)
    #expect(settings.name == "app_db.db")
    #expect(settings.hosts == [])
    #expect(settings.poolSize == 5)
    #expect(settings.maximumRetries == 5)
    #expect(settings.retryDelaySeconds == 5)
    #expect(settings.security == .disable)
  }

  @Test func `a server needs account and password`() {
    #expect(read(["DB_TYPE": "postgresql"]).problems == ["DB_USER", "DB_PASS"])
    #expect(read([:]).problems == ["DB_USER"])
    let (settings, problems) = read(["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b"])
    #expect(problems == [])
    #expect(settings.hosts == [HostPort(host: "localhost", port: 5432)])
    #expect(settings.password.reveal() == "b")
    #expect(read(["DB_TYPE": "mysql", "DB_USER": "a", "DB_PASS": "b"]).settings.hosts.first?.port == 3306)
  }

  @Test func `hosts are tried in order, each with a port of its own or the common one`() {
    let variables = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_PORT": "6000"]
    let (settings, problems) = read(variables.merging(["DB_HOST": "one,two:7000,[::1]:8000,[::2]"]) { $1 })
    #expect(problems == [])
    #expect(settings.hosts.map(\.description) == ["one:6000", "two:7000", "[::1]:8000", "[::2]:6000"])
    #expect(read(variables.merging(["DB_HOST": "one,,two"]) { $1 }).problems == ["DB_HOST"])
    #expect(read(variables.merging(["DB_HOST": "one:x"]) { $1 }).problems == ["DB_HOST"])
    #expect(read(variables.merging(["DB_HOST": "one:0"]) { $1 }).problems == ["DB_HOST"])
  }

  @Test(
    arguments: [
      ("localhost", .disable), ("127.0.0.1", .disable), ("[::1]:5432", .disable),
      ("localhost,127.0.0.2", .disable),
      ("db.example.org", .verifyFull), ("localhost,db.example.org", .verifyFull),
    ] as [(String, TransportSecurity)])
  func `only loopback is spoken to in the clear by default`(host: String, security: TransportSecurity) {
    let variables = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_HOST": host]
    #expect(read(variables).settings.security == security)
    #expect(read(variables.merging(["DB_TLS": "require"]) { $1 }).settings.security == .require)
    #expect(read(variables.merging(["DB_TLS": "maybe"]) { $1 }).problems == ["DB_TLS"])
  }

  @Test(arguments: [("store", "store.db"), ("store.db", "store.db"), ("/var/lib/a", "/var/lib/a.db")])
  func `an embedded database is a file that ends in db`(name: String, file: String) {
    #expect(read(["DB_USER": "a", "DB_NAME": name]).settings.name == file)
    let server = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_NAME": name]
    #expect(read(server).settings.name == name)
  }

  @Test func `the authority of the certificate is a path`() {
    let variables = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_CA_FILE": "/ca.pem"]
    #expect(read(variables).settings.authorityFile == "/ca.pem")
  }
}
