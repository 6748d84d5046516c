import DataAccess
import Runtime
import TestSupport
import Testing
import Transport

@Suite struct DatabaseSettingsTests {
  private func read(_ variables: [String: String]) -> (database: SelectedDatabase?, problems: [String]) {
    var environment = EnvironmentReader(variables: variables) { _ in TestCertificate.pem }
    let database = SelectedDatabase(reading: &environment, from: TestEngines.withAnother, cores: 2)
    return (database, environment.problems.map(\.variable))
  }

  private func settings(_ variables: [String: String]) throws -> DatabaseConfiguration {
    let (database, problems) = read(variables)
    #expect(problems == [])
    return try #require(database).configuration
  }

  @Test func `the database settings have the specified defaults`() throws {
    let settings = try settings(["DB_USER": "backend-api-rw"])
    #expect(read(["DB_USER": "backend-api-rw"]).database?.engine.name == "sqlite")
    #expect(settings.name == "app_db.db")
    #expect(settings.hosts == [])
    #expect(settings.poolSize == 5)
    #expect(settings.maximumRetries == 5)
    #expect(settings.retryDelaySeconds == 5)
    #expect(settings.tls == .disable)
  }

  @Test func `a server needs an account and a password`() throws {
    #expect(read(["DB_TYPE": "postgresql"]).problems == ["DB_USER", "DB_PASS"])
    #expect(read([:]).problems == ["DB_USER"])
    let settings = try settings(["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b"])
    #expect(settings.hosts == [Endpoint(host: "localhost", port: 5432)])
    #expect(settings.password.reveal() == "b")
    let another = try self.settings(["DB_TYPE": "another", "DB_USER": "a", "DB_PASS": "b"])
    #expect(another.hosts.first?.port == 3306)
  }

  @Test(arguments: ["mysql", "SQLite", "postgres", "oracle"])
  func `an engine outside the program is refused, and the error lists the available ones`(type: String) {
    var environment = EnvironmentReader(variables: ["DB_TYPE": type, "DB_USER": "a"]) { _ in "" }
    #expect(SelectedDatabase(reading: &environment, from: TestEngines.fleet, cores: 2) == nil)
    #expect(
      environment.problems == [
        ConfigurationProblem(variable: "DB_TYPE", message: "must be one of postgresql, sqlite")
      ])
  }

  @Test func `hosts keep their order, each with its own port or the common one`() throws {
    let variables = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_PORT": "6000"]
    let settings = try settings(variables.merging(["DB_HOST": "one,two:7000,[::1]:8000,[::2]"]) { $1 })
    #expect(settings.hosts.map(\.description) == ["one:6000", "two:7000", "[::1]:8000", "[::2]:6000"])
    #expect(read(variables.merging(["DB_HOST": "one,,two"]) { $1 }).problems == ["DB_HOST"])
    #expect(read(variables.merging(["DB_HOST": "one:x"]) { $1 }).problems == ["DB_HOST"])
    #expect(read(variables.merging(["DB_HOST": "one:0"]) { $1 }).problems == ["DB_HOST"])
  }

  @Test(
    arguments: [
      ("localhost", .disable), ("127.0.0.1", .disable), ("[::1]:5432", .disable),
      ("localhost,127.0.0.2", .disable),
      ("db.example.org", .verifyFull(authorityFile: nil)),
      ("127.example.org", .verifyFull(authorityFile: nil)),
      ("127.0.0.1.example.org", .verifyFull(authorityFile: nil)),
      ("localhost,db.example.org", .verifyFull(authorityFile: nil)),
    ] as [(String, TLSMode)])
  func `TLS is off by default only for loopback hosts`(host: String, mode: TLSMode) throws {
    let variables = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_HOST": host]
    #expect(try settings(variables).tls == mode)
    #expect(try settings(variables.merging(["DB_TLS": "require"]) { $1 }).tls == .require)
    #expect(read(variables.merging(["DB_TLS": "maybe"]) { $1 }).problems == ["DB_TLS"])
  }

  @Test(arguments: [("store", "store.db"), ("store.db", "store.db"), ("/var/lib/a", "/var/lib/a.db")])
  func `the name of an embedded database is a file with the extension db`(name: String, file: String) throws {
    #expect(try settings(["DB_USER": "a", "DB_NAME": name]).name == file)
    let server = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_NAME": name]
    #expect(try settings(server).name == name)
  }

  @Test func `the certificate authority is read as a path`() throws {
    let variables = [
      "DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_CA_FILE": "/ca.pem",
      "DB_TLS": "verify-full",
    ]
    #expect(try settings(variables).tls == .verifyFull(authorityFile: "/ca.pem"))
  }
}

@Suite struct ServerKeyTests {
  private struct Unreadable: Error {}

  private static let usable = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA3BoU7Yzp+tXGpQXmdcI4
    f8mQHVT6rr0OupNl9x6oJkiKcFtH/3igV4VdGnssl3PlFSJKSQpa/KLligQ8dQHS
    eSWwHDQoGP1y2MF+qUiFIsQgL1qgPMSVA+pHDlqdYYxLWb+REs6j0wClmtrh9W7u
    G8H1aD+IN1C0EZmPC1Sy0EG5RFEQ7pz5dFzx/c0eV2B7JeWJqOgCGJUdJbUmFhBq
    vgykMZ5mCLfqx1SfJEoWMCkem4bgegaeQKEj8OyC90W8FDCfo04q4iZ6bxGbtxo8
    SNixukgoEJ/swaGFWKdHHtYyFOm5PHosTtxGQbJayVIOcG1XsS9twgKOcORgngMu
    owIDAQAB
    -----END PUBLIC KEY-----

    """

  private func read(_ variables: [String: String], text: String = usable) -> (
    key: String?, problems: [String]
  ) {
    let base = ["DB_USER": "a", "DB_PASS": "b", "DB_SERVER_PUBLIC_KEY_FILE": "/key.pem"]
    var environment = EnvironmentReader(variables: base.merging(variables) { $1 }) { path in
      guard path == "/key.pem" else { throw Unreadable() }
      return text
    }
    let selected = SelectedDatabase(reading: &environment, from: TestEngines.withAnother, cores: 2)
    return (
      selected?.configuration.serverKeyFile, environment.problems.map { "\($0.variable): \($0.message)" }
    )
  }

  @Test func `the key of a server is read as a path where the connection is not encrypted`() {
    #expect(read(["DB_TYPE": "another", "DB_TLS": "disable"]) == ("/key.pem", []))
    #expect(read(["DATABASE_URL": "another://a:b@localhost/d"]).key == "/key.pem")
  }

  @Test func `a key without effect, or that cannot be read, is a problem`() {
    let name = "DB_SERVER_PUBLIC_KEY_FILE"
    for tls in ["require", "verify-full"] {
      let found = read(["DB_TYPE": "another", "DB_TLS": tls])
      #expect(found.key == nil)
      #expect(
        found.problems.first
          == "\(name): is for a connection without TLS; with TLS, DB_CA_FILE identifies the server")
    }
    let other = read(["DB_TYPE": "postgresql", "DB_TLS": "disable"])
    #expect(other.problems == ["\(name): has no effect: PostgreSQL does not send passwords"])
    let lost = read(["DB_TYPE": "another", "DB_TLS": "disable", name: "/gone.pem"])
    #expect(lost.problems == ["\(name): /gone.pem cannot be read"])
  }
}

extension ServerKeyTests {
  @Test func `a file without a key that protects a password is a problem`() throws {
    let short = String(decoding: try TestKeyPair(bits: 1_024).publicKey(), as: UTF8.self)
    for text in ["", "nonsense", short] {
      let found = read(["DB_TYPE": "another", "DB_TLS": "disable"], text: text)
      let expected = "DB_SERVER_PUBLIC_KEY_FILE: /key.pem has no usable key: malformed key: not a"
      #expect(found.problems.count == 1 && found.problems.first?.hasPrefix(expected) == true)
    }
  }
}

@Suite struct AuthorityFileTests {
  private struct Unreadable: Error {}

  private func problems(_ variables: [String: String]) -> [String] {
    var environment = EnvironmentReader(variables: variables) { _ in throw Unreadable() }
    _ = SelectedDatabase(reading: &environment, from: TestEngines.fleet, cores: 2)
    return environment.problems.map { "\($0.variable): \($0.message)" }
  }

  private let server = ["DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "DB_CA_FILE": "/gone.pem"]

  @Test func `a file of authorities that cannot be read is reported with its variable and path`() {
    #expect(
      problems(server.merging(["DB_TLS": "verify-full"]) { $1 }) == ["DB_CA_FILE: /gone.pem cannot be read"])
    let url = "postgresql://a:b@h/d?sslmode=verify-full&sslrootcert=/gone.pem"
    #expect(problems(["DATABASE_URL": url]) == ["DATABASE_URL: /gone.pem cannot be read"])
  }

  @Test(arguments: [
    ("", "it is empty"), ("garbage", "it has no PEM block"),
    (TestCertificate.pem.replacing("MIIB", with: "AAAA"), "a certificate in it is damaged ("),
    (TestCertificate.pem + "\n" + TestCertificate.pem.prefix(200), "its PEM is cut off"),
  ])
  func `a file of authorities without usable certificates is reported`(text: String, reason: String) {
    for name in ["DB", "CACHE"] {
      let variables = [
        "DB_TYPE": "postgresql", "DB_USER": "a", "DB_PASS": "b", "CACHE_USER": "a", "CACHE_PASS": "b",
        "\(name)_TLS": "verify-full", "\(name)_CA_FILE": "/ca.pem",
      ]
      var environment = EnvironmentReader(variables: variables) { _ in text }
      let database = SelectedDatabase(reading: &environment, from: TestEngines.fleet, cores: 2)
      _ = SelectedCache(reading: &environment, from: TestEngines.fleet, beside: database?.engine)
      #expect(environment.problems.count == 1)
      let start = "\(name)_CA_FILE: /ca.pem has no usable certificates: \(reason)"
      #expect(environment.problems.first.map { "\($0)" }?.hasPrefix(start) == true, "\(environment.problems)")
    }
  }

  @Test func `a file of authorities that no connection uses is not read`() {
    #expect(problems(server.merging(["DB_TLS": "require"]) { $1 }) == [])
  }
}

@Suite struct CredentialSettingsTests {
  private func read(_ variables: [String: String]) -> (database: SelectedDatabase?, problems: [String]) {
    var environment = EnvironmentReader(variables: variables) { _ in "from the file\n" }
    let database = SelectedDatabase(reading: &environment, from: TestEngines.fleet, cores: 2)
    return (database, environment.problems.map(\.variable))
  }

  private let account = ["DB_TYPE": "postgresql", "DB_USER": "a"]

  @Test func `a password from a file keeps the file's path, so that it can be read again`() throws {
    let settings = read(account.merging(["DB_PASS_FILE": "/run/secrets/a"]) { $1 })
    let credential = try #require(settings.database).configuration.credential
    #expect(credential.path == "/run/secrets/a")
    #expect(credential.initial.reveal() == "from the file")
    let url = read(["DATABASE_URL": "postgresql://a@h/d", "DB_PASS_FILE": "/run/secrets/a"])
    #expect(url.database?.configuration.credential.path == "/run/secrets/a")
    #expect(read(account.merging(["DB_PASS": "b"]) { $1 }).database?.configuration.credential.path == nil)
  }

  @Test func `prepared statements are named unless a setting turns them off`() {
    let variables = account.merging(["DB_PASS": "b"]) { $1 }
    #expect(read(variables).database?.configuration.preparedStatements == .named)
    for (text, expected) in [("named", PreparedStatements.named), ("off", .off)] {
      let found = read(variables.merging(["DB_PREPARED_STATEMENTS": text]) { $1 })
      #expect(found.database?.configuration.preparedStatements == expected)
    }
    #expect(
      read(variables.merging(["DB_PREPARED_STATEMENTS": "on"]) { $1 }).problems == ["DB_PREPARED_STATEMENTS"])
  }
}
