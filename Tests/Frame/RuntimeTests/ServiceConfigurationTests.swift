import Logging
import Runtime
import Testing
import Transport

@Suite struct ServiceConfigurationTests {
  private func read(
    _ variables: [String: String], half: TokenKeyHalf = .signing, isTerminal: Bool = false
  ) throws(ConfigurationProblems) -> ServiceConfiguration {
    var environment = EnvironmentReader(variables: variables) { _ in "" }
    return try ServiceConfiguration(
      name: "backend-api", defaultPort: 8081, tokenKey: half, engines: TestEngines.fleet,
      reading: &environment, cores: 2, isTerminal: isTerminal)
  }

  private func problems(
    _ variables: [String: String], half: TokenKeyHalf = .signing
  ) -> [ConfigurationProblem] {
    do {
      _ = try read(variables, half: half)
      return []
    } catch {
      return error.problems
    }
  }

  private let least = ["DB_USER": "backend-api-rw", "TOKEN_KEY_FILE": "/key.pem"]

  @Test func `a service has the specified defaults`() throws {
    let configuration = try read(least)
    #expect(configuration.cache.engine.name == "memory")
    let listener = configuration.listener
    #expect(listener.host == "127.0.0.1" && listener.port == 8081 && listener.requestTimeoutSeconds == 20)
    #expect(listener.certificates == nil && listener.probePort == nil)
    #expect(listener.trustedProxies == [] && listener.crossOrigins == [])
    #expect(configuration.tokenKey == .privateKey(path: "/key.pem"))
    #expect(configuration.log == LogSettings(level: .info, format: .json))
    #expect(configuration.shutdown == ShutdownSettings(delaySeconds: 0, timeoutSeconds: 20))
    #expect(try read(least, isTerminal: true).log.format == .text)
  }

  @Test func `a database server selects Redis by default, which needs an account`() throws {
    let server = ["DB_TYPE": "postgresql", "DB_PASS": "p"].merging(least) { $1 }
    #expect(problems(server).map(\.variable) == ["CACHE_USER", "CACHE_PASS"])
    let account = ["CACHE_USER": "backend-api-cache", "CACHE_PASS": "c"].merging(server) { $1 }
    let cache = try read(account).cache
    #expect(cache.engine.name == "redis")
    #expect(cache.configuration.endpoint.description == "localhost:6379")
    #expect(cache.configuration.tls == .disable)
    let remote = try read(account.merging(["CACHE_HOST": "cache.example.org", "CACHE_PORT": "7000"]) { $1 })
    #expect(remote.cache.configuration.endpoint.description == "cache.example.org:7000")
    #expect(remote.cache.configuration.tls == .verifyFull(authorityFile: nil))
    #expect(try read(account.merging(["CACHE_TYPE": "memory"]) { $1 }).cache.engine.name == "memory")
    #expect(problems(account.merging(["CACHE_HOST": "a:b:c"]) { $1 }).map(\.variable) == ["CACHE_HOST"])
  }

  @Test func `a host of the listener that has no address is reported with its value`() throws {
    let found = problems(least.merging(["HTTP_HOST": "a..b"]) { $1 })
    #expect(found.map(\.variable) == ["HTTP_HOST"])
    #expect(found.first?.message.contains("\"a..b\"") == true)
    for host in ["localhost", "0.0.0.0"] {
      #expect(try read(least.merging(["HTTP_HOST": host]) { $1 }).listener.host == host)
    }
  }

  @Test func `a token key in a folder that does not exist is reported with its path`() {
    let found = problems(least.merging(["TOKEN_KEY_FILE": "/nonexistent/key.pem"]) { $1 })
    #expect(found.map(\.variable) == ["TOKEN_KEY_FILE"])
    #expect(found.first?.message == "the folder of /nonexistent/key.pem does not exist")
  }

  @Test func `a cache's file of authorities that cannot be read is reported with its path`() {
    let variables = [
      "CACHE_TYPE": "redis", "CACHE_USER": "c", "CACHE_PASS": "c", "CACHE_TLS": "verify-full",
      "CACHE_CA_FILE": "/gone.pem",
    ]
    struct Unreadable: Error {}
    var environment = EnvironmentReader(variables: variables) { _ in throw Unreadable() }
    _ = SelectedCache(reading: &environment, from: TestEngines.fleet, beside: nil)
    #expect(
      environment.problems.map { "\($0.variable): \($0.message)" } == [
        "CACHE_CA_FILE: /gone.pem cannot be read"
      ])
  }

  @Test(arguments: ["memory", "disk"])
  func `a bad port of the cache is reported with any cache`(type: String) {
    let named = problems(least.merging(["CACHE_TYPE": type, "CACHE_PORT": "x"]) { $1 }).map(\.variable)
    #expect(named.contains("CACHE_PORT"))
  }

  @Test(arguments: ["valkey", "Redis", "disk"])
  func `a cache outside the program is refused, and the error lists the available ones`(type: String) {
    #expect(
      problems(least.merging(["CACHE_TYPE": type]) { $1 }) == [
        ConfigurationProblem(variable: "CACHE_TYPE", message: "must be one of redis, memory")
      ])
  }

  @Test func `the time of a request is a setting, which a stop must be able to await`() throws {
    let settings = { (request: String, stop: String) in
      self.least.merging(["HTTP_REQUEST_TIMEOUT": request, "SHUTDOWN_TIMEOUT": stop]) { $1 }
    }
    #expect(try read(settings("60", "60")).listener.requestTimeoutSeconds == 60)
    #expect(try read(settings("1", "20")).listener.requestTimeoutSeconds == 1)
    #expect(
      problems(settings("21", "20")) == [
        ConfigurationProblem(
          variable: "HTTP_REQUEST_TIMEOUT",
          message: "must be at most SHUTDOWN_TIMEOUT (20): a stop would cut longer requests off")
      ])
    for wrong in ["0", "3601", "long"] {
      #expect(problems(settings(wrong, "3600")).map(\.variable) == ["HTTP_REQUEST_TIMEOUT"])
    }
    // A stop that waits less is a choice, and shortens no request before it.
    #expect(try read(least.merging(["SHUTDOWN_TIMEOUT": "0"]) { $1 }).listener.requestTimeoutSeconds == 20)
  }

  @Test func `connections are limited in all and for one address, by default to half`() throws {
    let usual = try read(least).listener
    #expect(usual.maximumConnections == 10_000 && usual.maximumConnectionsPerAddress == 5_000)
    let few = try read(least.merging(["HTTP_MAX_CONNECTIONS": "1"]) { $1 }).listener
    #expect(few.maximumConnections == 1 && few.maximumConnectionsPerAddress == 1)
    #expect(ListenerSettings(host: "h", port: 1, maximumConnections: 100).perAddress(of: 30) == 15)
    let explicit = ListenerSettings(
      host: "h", port: 1, maximumConnections: 100, maximumConnectionsPerAddress: 20)
    #expect(explicit.perAddress(of: 30) == 20 && explicit.perAddress(of: 20) == 10)
    #expect(explicit.perAddress(of: 100) == 20)
    let both = ["HTTP_MAX_CONNECTIONS": "9", "HTTP_MAX_CONNECTIONS_PER_ADDRESS": "8"]
    #expect(try read(least.merging(both) { $1 }).listener.maximumConnectionsPerAddress == 8)
    for variable in both.keys {
      #expect(problems(least.merging([variable: "0"]) { $1 }).map(\.variable) == [variable])
    }
  }

  @Test(arguments: [("HTTP_MAX_REQUESTS", 2_048, "7", "0"), ("HTTP_QUEUE_MS", 500, "50", "9")])
  func `requests are limited in number and by their wait`(
    _ variable: String, _ usual: Int, _ other: String, _ wrong: String
  ) throws {
    let limit = { (listener: ListenerSettings) in
      variable == "HTTP_QUEUE_MS" ? listener.queueMilliseconds : listener.maximumRequests
    }
    #expect(limit(try read(least).listener) == usual)
    #expect(limit(try read(least.merging([variable: other]) { $1 }).listener) == Int(other))
    #expect(problems(least.merging([variable: wrong]) { $1 }).map(\.variable) == [variable])
  }

  @Test(arguments: [
    ("HTTP_MAX_HEADER_BYTES", 16_384, "1024", "1023"), ("HTTP_MAX_BODY_BYTES", 1 << 20, "8388608", "8388609"),
    ("HTTP_HEADER_TIMEOUT", 15, "1", "0"), ("HTTP_BODY_TIMEOUT", 60, "3600", "3601"),
    ("HTTP_IDLE_TIMEOUT", 75, "5", "-1"),
  ])
  func `requests are limited in size and in their times`(
    _ variable: String, _ usual: Int, _ other: String, _ wrong: String
  ) throws {
    let limits = { (listener: ListenerSettings) in
      [
        "HTTP_MAX_HEADER_BYTES": listener.maximumHeaderBytes,
        "HTTP_MAX_BODY_BYTES": listener.maximumBodyBytes,
        "HTTP_HEADER_TIMEOUT": listener.headerTimeoutSeconds,
        "HTTP_BODY_TIMEOUT": listener.bodyTimeoutSeconds,
        "HTTP_IDLE_TIMEOUT": listener.idleTimeoutSeconds,
      ]
    }
    let defaults = limits(try read(least).listener)
    #expect(defaults[variable] == usual)
    let changed = limits(try read(least.merging([variable: other]) { $1 }).listener)
    #expect(changed == defaults.merging([variable: Int(other) ?? 0]) { $1 })
    #expect(problems(least.merging([variable: wrong]) { $1 }).map(\.variable) == [variable])
  }

  @Test func `the probes' port is another one than the public port`() throws {
    #expect(try read(least).listener.probePort == nil)
    #expect(try read(least.merging(["PROBE_PORT": "9090"]) { $1 }).listener.probePort == 9090)
    let same = least.merging(["HTTP_PORT": "9090", "PROBE_PORT": "9090"]) { $1 }
    #expect(problems(same).map(\.variable) == ["PROBE_PORT"])
  }

  @Test func `trusted proxies are ranges of addresses, and a wrong one is named`() throws {
    let trusted = try read(least.merging(["HTTP_TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8"]) { $1 }).listener
    #expect(trusted.trustedProxies == [AddressRange("10.0.0.0/8"), AddressRange("fd00::/8")])
    #expect(try read(least).listener.trustedProxies == [])
    #expect(
      problems(least.merging(["HTTP_TRUSTED_PROXIES": "10.0.0.0/8,10.0.0.1/8"]) { $1 }) == [
        ConfigurationProblem(
          variable: "HTTP_TRUSTED_PROXIES",
          message:
            "\"10.0.0.1/8\" is no address and no range such as 10.0.0.0/8 or fd00::/8 without further bits")
      ])
  }

  @Test func `origins of pages are those that browsers send, and a wrong one is named`() throws {
    let variable = "HTTP_CORS_ORIGINS"
    let origins = "https://app.example.org, http://localhost:3000,https://[2001:db8::1]:8443"
    #expect(
      try read(least.merging([variable: origins]) { $1 }).listener.crossOrigins == [
        "https://app.example.org", "http://localhost:3000", "https://[2001:db8::1]:8443",
      ])
    #expect(try read(least).listener.crossOrigins == [])
    for wrong in [
      "*", "null", "app.example.org", "https://app.example.org/", "https://App.example.org", "https://a:443",
      "http://a:80",
      "https://a:", "https://a:0", "https://a:99999", "https://u@a", "https://*.a", "https://",
      "https://[::1", "https://[x]",
      "ftp://a", "https://a:+80", ",",
    ] {
      #expect(problems(least.merging([variable: wrong]) { $1 }).map(\.variable) == [variable], "\(wrong)")
    }
  }

  @Test func `a host of the listener that is no address of this machine is reported`() {
    let found = problems(least.merging(["HTTP_HOST": "192.0.2.1"]) { $1 })
    #expect(found.map(\.variable) == ["HTTP_HOST"])
    #expect(found.first?.message.hasPrefix("is no address of this machine: \"192.0.2.1\"") == true)
  }

  @Test func `trusted proxies that are everybody are a warning, and none at all a problem`() throws {
    for range in ["0.0.0.0/0", "::/0", "127.0.0.1,::/0"] {
      let warnings = try read(least.merging(["HTTP_TRUSTED_PROXIES": range]) { $1 }).warnings
      #expect(warnings.map(\.variable) == ["HTTP_TRUSTED_PROXIES"])
    }
    #expect(try read(least.merging(["HTTP_TRUSTED_PROXIES": "10.0.0.0/8"]) { $1 }).warnings == [])
    for nothing in [",,", ","] {
      #expect(
        problems(least.merging(["HTTP_TRUSTED_PROXIES": nothing]) { $1 }).map(\.variable)
          == ["HTTP_TRUSTED_PROXIES"])
    }
  }

  @Test func `limits of unsent bytes that the loops divide are a warning, and a loop has room for answers`()
    throws
  {
    let least = least.merging(["HTTP_MAX_UNSENT_BYTES": "1048576"]) { $1 }
    let few = try read(least)
    #expect(few.listener.unsentBytes(perLoopOf: 2) == 8 << 20)
    #expect(few.warnings.map(\.variable) == ["HTTP_MAX_UNSENT_BYTES"])
    let one = ["HTTP_MAX_UNSENT_BYTES": "33554432", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION": "33554432"]
    let warnings = try read(least.merging(one) { $1 }).warnings
    #expect(warnings.map(\.variable) == ["HTTP_MAX_UNSENT_BYTES_PER_CONNECTION"])
    #expect(warnings.first?.message.contains("no effect above 16777216") == true)
    #expect(ListenerSettings(host: "h", port: 1).unsentBytes(perLoopOf: 2) == 32 << 20)
  }

  @Test func `the largest answer fits into a connection and twice into a loop, with any settings`()
    throws
  {
    let small = least.merging([
      "HTTP_MAX_UNSENT_BYTES": "1048576", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION": "1048576",
    ]) { $1 }
    for settings in [least, small] {
      let listener = try read(settings).listener
      for loops in [1, 2, 32, 512] {
        #expect(listener.unsentBytes(perLoopOf: loops) >= 2 * ListenerSettings.largestAnswerBytes)
        #expect(listener.unsentBytesPerConnection > ListenerSettings.largestAnswerBytes)
      }
    }
    let warnings = try read(small).warnings
    #expect(
      warnings.map(\.variable) == ["HTTP_MAX_UNSENT_BYTES", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION"])
    #expect(warnings.last?.message.hasPrefix("counts as 5242880") == true)
  }

  @Test func `the bytes of incomplete requests are limited, and a loop has room for the largest one twice`()
    throws
  {
    let usual = try read(least).listener
    #expect(usual.maximumIncompleteBytes == 64 << 20)
    #expect(usual.incompleteBytes(perLoopOf: 2) == 32 << 20)
    let few = try read(least.merging(["HTTP_MAX_INCOMPLETE_BYTES": "1048576"]) { $1 })
    #expect(few.listener.incompleteBytes(perLoopOf: 4) == 2 * ((1 << 20) + (16 << 10)))
    #expect(few.warnings.map(\.variable) == ["HTTP_MAX_INCOMPLETE_BYTES"])
    #expect(
      problems(least.merging(["HTTP_MAX_INCOMPLETE_BYTES": "1048575"]) { $1 }).map(\.variable)
        == ["HTTP_MAX_INCOMPLETE_BYTES"])
  }

  @Test func `the bytes that clients leave unread are limited in all and for one, and so is their rate`()
    throws
  {
    let usual = try read(least).listener
    #expect(usual.maximumUnsentBytes == 64 << 20 && usual.maximumUnsentBytesPerConnection == 8 << 20)
    #expect(usual.minimumBytesPerSecond == 512)
    let few = try read(least.merging(["HTTP_MAX_UNSENT_BYTES": "1048576"]) { $1 }).listener
    #expect(few.maximumUnsentBytesPerConnection == 1 << 20)
    let others = [
      "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION": "1048576", "HTTP_MIN_BYTES_PER_SECOND": "0",
    ]
    let changed = try read(least.merging(others) { $1 }).listener
    #expect(changed.maximumUnsentBytesPerConnection == 1 << 20 && changed.minimumBytesPerSecond == 0)
    for variable in ["HTTP_MAX_UNSENT_BYTES", "HTTP_MAX_UNSENT_BYTES_PER_CONNECTION"] {
      #expect(problems(least.merging([variable: "1048575"]) { $1 }).map(\.variable) == [variable])
    }
  }

  @Test func `a service that only verifies tokens needs exactly one source of keys`() throws {
    let file = try read(["DB_USER": "a", "JWKS_FILE": "/jwks.json"], half: .verifying)
    #expect(file.tokenKey == .keySetFile(path: "/jwks.json"))
    let url = try read(
      ["DB_USER": "a", "JWKS_URL": "http://127.0.0.1:8081/.well-known/jwks.json"], half: .verifying)
    #expect(url.tokenKey == .keySetURL("http://127.0.0.1:8081/.well-known/jwks.json"))
    #expect(problems(["DB_USER": "a"], half: .verifying).map(\.variable) == ["JWKS_FILE"])
    #expect(problems(["DB_USER": "a"], half: .signing).map(\.variable) == ["TOKEN_KEY_FILE"])
    let both = ["DB_USER": "a", "JWKS_FILE": "/jwks.json", "JWKS_URL": "http://a"]
    #expect(problems(both, half: .verifying).map(\.variable) == ["JWKS_FILE"])
    #expect(
      problems(["DB_USER": "a", "JWKS_URL": "ftp://a"], half: .verifying).map(\.variable) == ["JWKS_URL"]
    )
  }

  @Test func `the problems of all settings are reported at once`() {
    let wrong = [
      "DB_TYPE": "oracle", "DB_POOL_SIZE": "0", "CACHE_TYPE": "disk", "HTTP_PORT": "70000",
      "LOG_LEVEL": "loud",
      "LOG_FORMAT": "xml", "SHUTDOWN_DELAY": "-1", "SHUTDOWN_TIMEOUT": "soon",
    ]
    let named = Set(problems(wrong).map(\.variable))
    #expect(named == Set(wrong.keys).union(["DB_USER", "TOKEN_KEY_FILE"]))
  }
}
