import AccessAdministration
import AccessManifest
import AccessPlanning
import Cache
import DatabaseTestSupport
import RedisDriver
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisAdministration

/// The tool's connection to a cache that answers late or not at all.
@Suite struct AdministrationConnectionTests {
  /// A connection whose commands all fail.
  private struct FailingCache: CacheConnection {
    let error: CacheError

    func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue { throw error }

    func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] {
      commands.map { _ in .failure(error) }
    }

    func close() async {}
  }

  private func connection(_ error: CacheError) -> AdministrationConnection {
    AdministrationConnection(FailingCache(error: error), to: "cache.internal:6379", .administration)
  }

  @Test func `an operator's command has half a minute and more`() {
    #expect(RedisTimeouts.administration.commandMilliseconds >= 30_000)
    #expect(RedisTimeouts.administration.stallMilliseconds > RedisTimeouts.administration.commandMilliseconds)
  }

  @Test(arguments: [CacheError.deadlineExceeded, .connectionLost("reset")])
  func `a command without an answer is named with its server, and shows no argument`(error: CacheError)
    async throws
  {
    let connection = connection(error)
    let command = ["acl", "setuser", "app", "#digest"]
    let failure = await #expect(throws: CacheError.self) { _ = try await connection.command(command) }
    let words = try #require(failure?.description)
    #expect(words.contains("cache.internal:6379") && words.contains("ACL SETUSER"))
    #expect(!words.contains("digest"))
    let results = await connection.pipeline([command.map { Array($0.utf8) }])
    guard case .failure(failure) = results[0] else {
      Issue.record("the pipeline says something else")
      return
    }
  }

  @Test(arguments: [CacheError.deadlineExceeded, .connectionLost("reset")])
  func `a saving without an answer has an unknown outcome, and the error says so`(error: CacheError)
    async throws
  {
    let failure = await #expect(throws: AccessError.self) {
      _ = try await connection(error).saveAccessControlList()
    }
    let words = try #require(failure?.description)
    #expect(words.contains("it is unknown whether the cache saved its users"))
    // An ACL LOAD of another session may be why the connection ended.
    #expect(!words.contains("is in effect") && words.contains("or has done so"))
    #expect(words.contains("cache.internal:6379") && words.contains("ACL SAVE"))
  }

  @Test func `a server that answers after two seconds is compared all the same`() async throws {
    try await ServerControl.withServer("redis") { environment in
      let server = try RedisServer(environment: environment)
      let folder = try TemporaryFolder()
      let loop = try LoopFixture(name: "slow")
      let site = CacheSite(
        manifest: try FleetManifest.load(),
        credentials: CredentialStore(directory: folder.file("credentials")),
        configuration: CacheConfiguration(
          endpoint: Endpoint(host: server.host, port: server.port), user: server.administrator,
          password: server.password), loop: loop.loop)
      let administration = RedisAdministration()
      let found = try await administration.withGrants(of: site) { grants in
        let pausing = try await administration.connect(with: server, of: site)
        _ = try await pausing.command(["CLIENT", "PAUSE", "2000", "ALL"])
        let found = try await grants.verify()
        await pausing.close()
        return found
      }
      #expect(!found.isEmpty)
    }
  }
}

extension RedisAdministration {
  /// Connects as the server's administrator.
  fileprivate func connect(with server: RedisServer, of site: CacheSite) async throws -> any CacheConnection {
    try await RedisConnection.open(
      site.configuration, options: RedisOptions(connectionName: "pausing"), on: site.loop)
  }
}
