import DataAccess
import Runtime
import Testing

@Suite struct DatabaseURLTests {
  private func read(_ url: String, _ others: [String: String] = [:]) -> (
    database: SelectedDatabase?, problems: [ConfigurationProblem]
  ) {
    var environment = EnvironmentReader(variables: others.merging(["DATABASE_URL": url]) { $1 }) { _ in
      TestCertificate.pem
    }
    let database = SelectedDatabase(reading: &environment, from: TestEngines.withAnother, cores: 2)
    return (database, environment.problems)
  }

  private func settings(
    _ url: String, _ others: [String: String] = [:], of engine: String
  ) throws -> DatabaseConfiguration {
    let (database, problems) = read(url, others)
    #expect(problems == [])
    #expect(database?.engine.name == engine)
    return try #require(database).configuration
  }

  @Test func `a URL sets hosts, name, account and TLS`() throws {
    let settings = try settings(
      "postgresql://user:pass@one:6000,two/store?sslmode=verify-full&sslrootcert=%2Fca.pem",
      of: "postgresql")
    #expect(settings.hosts.map(\.description) == ["one:6000", "two:5432"])
    #expect(settings.name == "store")
    #expect(settings.user == "user")
    #expect(settings.password.reveal() == "pass")
    #expect(settings.tls == .verifyFull(authorityFile: "/ca.pem"))
  }

  @Test func `a URL overrides the other variables, which may supply the account`() throws {
    let parts = [
      "DB_TYPE": "another", "DB_HOST": "elsewhere", "DB_USER": "a", "DB_PASS": "b", "DB_POOL_SIZE": "7",
    ]
    let settings = try settings("postgres://localhost/store", parts, of: "postgresql")
    #expect(settings.hosts.map(\.description) == ["localhost:5432"])
    #expect(settings.user == "a")
    #expect(settings.password.reveal() == "b")
    #expect(settings.poolSize == 7)
  }

  @Test func `a part of an address beside the URL is a warning, and the account is none`() {
    let parts = ["DB_TYPE", "DB_HOST", "DB_PORT", "DB_NAME", "DB_TLS", "DB_CA_FILE"]
    let variables = Dictionary(uniqueKeysWithValues: (parts + ["DB_USER", "DB_PASS"]).map { ($0, "x") })
    let url = ["DATABASE_URL": "postgres://localhost/store"]
    for isWhole in [true, false] {
      var environment = EnvironmentReader(variables: variables.merging(url) { $1 }) { _ in "" }
      if isWhole {
        _ = SelectedDatabase(reading: &environment, from: TestEngines.withAnother, cores: 2)
      } else {
        _ = environment.databaseIdentity(in: TestEngines.withAnother)
      }
      #expect(environment.problems == [])
      #expect(
        environment.warnings.map(\.description)
          == parts.map { "\($0): has no effect: DATABASE_URL wins over it" })
    }
  }

  @Test func `account, password and name are percent-decoded`() throws {
    let settings = try settings("other://a%40b:p%3Aa%2Fs%25s@localhost/st%C3%B6re", of: "another")
    #expect(settings.user == "a@b")
    #expect(settings.password.reveal() == "p:a/s%s")
    #expect(settings.name == "störe")
  }

  @Test(arguments: [
    ("sqlite:///var/lib/store.db", "/var/lib/store.db"), ("sqlite://store", "store.db"),
    ("sqlite://", "app_db.db"),
    ("sqlite://a@/store.db", "/store.db"), ("sqlite://../store.db", "../store.db"),
  ])
  func `the path of the URL names an embedded database`(url: String, file: String) throws {
    let settings = try settings(url, ["DB_USER": "a"], of: "sqlite")
    #expect(settings.name == file)
    #expect(settings.user == "a")
  }

  @Test(arguments: [
    "hunter2", "http://u:hunter2@h/d", "postgresql://u:hunter2%@h/d", "postgresql://u:hunter2@h:port/d",
    "postgresql://u:hunter2@h/d?sslmode=hunter2", "postgresql://u:hunter2@h/d?other=hunter2",
    "postgresql://u:hunter2%ff@h/d", "postgresql://u:hunter2@h,,i/d",
  ])
  func `an invalid URL is one problem that contains no part of it`(url: String) {
    let (_, problems) = read(url)
    #expect(problems.map(\.variable) == ["DATABASE_URL"])
    #expect(!problems.description.contains("hunter2"))
  }

  @Test func `the error for an unknown scheme lists the known ones`() {
    #expect(
      read("mysql://localhost/store").problems.map(\.message) == [
        "must begin with postgresql:// or sqlite:// or another://"
      ])
  }

  @Test func `a URL without an account needs DB_USER and DB_PASS`() {
    #expect(read("postgresql://localhost/store").problems.map(\.variable) == ["DB_USER", "DB_PASS"])
  }
}
