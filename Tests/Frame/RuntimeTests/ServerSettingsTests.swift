import Runtime
import Testing

/// Settings of a server where the engine that is selected has none.
@Suite struct ServerSettingsTests {
  private func read(_ variables: [String: String]) -> EnvironmentReader {
    let account = ["DB_USER": "a"].merging(variables) { $1 }
    var environment = EnvironmentReader(variables: account) { _ in "text" }
    let database = SelectedDatabase(reading: &environment, from: TestEngines.fleet, cores: 2)
    _ = SelectedCache(reading: &environment, from: TestEngines.fleet, beside: database?.engine)
    return environment
  }

  private static let database = [
    "DB_HOST": "db.example.org", "DB_PORT": "5432", "DB_PASS": "hush", "DB_TLS": "require",
    "DB_CA_FILE": "/a",
    "DB_PASS_FILE": "/b",
  ]
  private static let cache = [
    "CACHE_HOST": "cache.example.org", "CACHE_PORT": "6379", "CACHE_PASS": "hush", "CACHE_TLS": "require",
    "CACHE_CA_FILE": "/a", "CACHE_PASS_FILE": "/b",
  ]

  @Test(arguments: database)
  func `a setting of a database server without DB_TYPE is an error`(name: String, value: String) {
    let found = read([name: value])
    #expect(found.problems.map(\.variable) == [name])
    #expect(
      found.problems.first?.message
        == "has no effect without DB_TYPE, whose default is sqlite here: set DB_TYPE")
  }

  @Test(arguments: database)
  func `a setting of a database server beside DB_TYPE=sqlite is a warning`(name: String, value: String) {
    let found = read([name: value, "DB_TYPE": "sqlite"])
    #expect(found.problems == [])
    #expect(found.warnings.map(\.variable) == [name])
  }

  @Test(arguments: cache)
  func `a setting of a cache server without CACHE_TYPE is an error`(name: String, value: String) {
    for type in [[:], ["DB_TYPE": "sqlite"]] {
      let found = read([name: value].merging(type) { $1 })
      #expect(found.problems.map(\.variable) == [name])
      #expect(found.problems.first?.message.contains("without CACHE_TYPE, whose default is memory") == true)
    }
  }

  @Test(arguments: cache)
  func `CACHE_TYPE=memory overrides the settings of a server`(name: String, value: String) {
    let found = read([name: value, "CACHE_TYPE": "memory"])
    #expect(found.problems == [] && found.warnings == [])
  }

  @Test func `the engine of a command without a server is checked alike`() {
    var environment = EnvironmentReader(variables: ["DB_HOST": "h"]) { _ in "" }
    _ = environment.databaseIdentity(in: TestEngines.fleet)
    #expect(environment.problems.map(\.variable) == ["DB_HOST"])
  }

  @Test(arguments: ["/nonexistent/folder/x", "nonexistent/x"])
  func `a database file in a folder that does not exist is an error`(name: String) {
    #expect(
      read(["DB_NAME": name]).problems.map { "\($0)" } == ["DB_NAME: the folder of \(name).db does not exist"]
    )
    #expect(read(["DATABASE_URL": "sqlite://a@\(name)"]).problems.map(\.variable) == ["DATABASE_URL"])
    #expect(read(["DB_NAME": "/tmp/x"]).problems == [])
  }
}
