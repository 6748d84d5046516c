import Logging
import Runtime
import Testing

@Suite struct ServiceConfigurationTests {
  private func read(
    _ variables: [String: String], half: TokenKeyHalf = .signing, isTerminal: Bool = false
  ) -> (configuration: ServiceConfiguration, problems: [ConfigurationProblem]) {
    var environment = EnvironmentReader(variables: variables) { _ in "" }
    let configuration = ServiceConfiguration(
      name: "backend-api", defaultPort: 8081, tokenKey: half, reading: &environment, cores: 2,
      isTerminal: isTerminal)
    return (configuration, environment.problems)
  }

  private let least = ["DB_USER": "backend-api-rw", "TOKEN_KEY_FILE": "/key.pem"]

  @Test func `the defaults are those of the contract`() {
    let (configuration, problems) = read(least)
    #expect(problems == [])
    #expect(configuration.cache.kind == .memory)
    #expect(configuration.listener == ListenerSettings(host: "127.0.0.1", port: 8081))
    #expect(configuration.tokenKey == .privateKey(path: "/key.pem"))
    #expect(configuration.log == LogSettings(level: .info, format: .json))
    #expect(configuration.shutdown == ShutdownSettings(delaySeconds: 0, timeoutSeconds: 20))
    #expect(read(least, isTerminal: true).configuration.log.format == .text)
  }

  @Test func `a server brings Redis along, which needs an account`() {
    let server = ["DB_TYPE": "postgresql", "DB_PASS": "p"].merging(least) { $1 }
    #expect(read(server).problems.map(\.variable) == ["CACHE_USER", "CACHE_PASS"])
    let account = ["CACHE_USER": "backend-api-cache", "CACHE_PASS": "c"].merging(server) { $1 }
    let (configuration, problems) = read(account)
    #expect(problems == [])
    #expect(configuration.cache.kind == .redis)
    #expect(configuration.cache.host.description == "localhost:6379")
    #expect(configuration.cache.security == .disable)
    let remote = read(account.merging(["CACHE_HOST": "cache.example.org", "CACHE_PORT": "7000"]) { $1 })
    #expect(remote.configuration.cache.host.description == "cache.example.org:7000")
    #expect(remote.configuration.cache.security == .verifyFull)
    #expect(read(account.merging(["CACHE_TYPE": "memory"]) { $1 }).configuration.cache.kind == .memory)
    #expect(read(account.merging(["CACHE_HOST": "a:b:c"]) { $1 }).problems.map(\.variable) == ["CACHE_HOST"])
  }

  @Test(arguments: ["HTTP_TLS_CERT_FILE", "HTTP_TLS_KEY_FILE"])
  func `a TLS listener is refused instead of being left out silently`(variable: String) {
    let problems = read(least.merging([variable: "/cert.pem"]) { $1 }).problems
    #expect(
      problems == [
        ConfigurationProblem(variable: variable, message: "the TLS listener is not available in this version")
      ])
  }

  @Test func `a service that only checks tokens needs one source of keys`() {
    let file = read(["DB_USER": "a", "JWKS_FILE": "/jwks.json"], half: .verifying)
    #expect(file.configuration.tokenKey == .keySetFile(path: "/jwks.json"))
    #expect(file.problems == [])
    let url = read(
      ["DB_USER": "a", "JWKS_URL": "http://127.0.0.1:8081/.well-known/jwks.json"], half: .verifying)
    #expect(url.configuration.tokenKey == .keySetURL("http://127.0.0.1:8081/.well-known/jwks.json"))
    #expect(url.problems == [])
    #expect(read(["DB_USER": "a"], half: .verifying).problems.map(\.variable) == ["JWKS_FILE"])
    #expect(read(["DB_USER": "a"], half: .signing).problems.map(\.variable) == ["TOKEN_KEY_FILE"])
    let both = ["DB_USER": "a", "JWKS_FILE": "/jwks.json", "JWKS_URL": "http://a"]
    #expect(read(both, half: .verifying).problems.map(\.variable) == ["JWKS_FILE"])
    #expect(
      read(["DB_USER": "a", "JWKS_URL": "ftp://a"], half: .verifying).problems.map(\.variable) == ["JWKS_URL"]
    )
  }

  @Test func `every problem of every part is told at once`() {
    let wrong = [
      "DB_TYPE": "oracle", "DB_POOL_SIZE": "0", "CACHE_TYPE": "disk", "HTTP_PORT": "70000",
      "LOG_LEVEL": "loud",
      "LOG_FORMAT": "xml", "SHUTDOWN_DELAY": "-1", "SHUTDOWN_TIMEOUT": "soon",
    ]
    let named = Set(read(wrong).problems.map(\.variable))
    #expect(named == Set(wrong.keys).union(["DB_USER", "TOKEN_KEY_FILE"]))
  }

  @Test func `the tool knows where manifest and credentials are`() {
    var environment = EnvironmentReader(variables: [:]) { _ in "" }
    let settings = ToolSettings(reading: &environment)
    #expect(settings.manifestPath == "deploy/access.yaml")
    #expect(settings.credentialsDirectory == ".bulkhead/credentials")
  }
}
