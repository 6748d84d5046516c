import Cache
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisDriver

/// A server that refuses the connection itself, before it looks at any command.
@Suite struct RefusedConnectionTests {
  private func failure(of reply: String, user: String) async throws -> CacheError? {
    let fixture = try LoopFixture()
    let server = try FakeServer { _ in .text("\(reply)\r\n") }
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: user,
      password: Secret(user.isEmpty ? "" : "the secret"))
    let options = RedisOptions(connectionName: "test", timeouts: .administration)
    return await #expect(throws: CacheError.self) {
      try await RedisConnection.open(configuration, options: options, on: fixture.loop)
    }
  }

  @Test(
    arguments: [
      "ERR max number of clients reached",
      "DENIED Redis is running in protected mode because protected mode is enabled",
    ], ["", "app"])
  func `a server at its limit or in protected mode is away, with its own words`(
    words: String, user: String
  ) async throws {
    let error = try #require(try await failure(of: "-\(words)", user: user))
    #expect(error.kind == .lost)
    #expect(error.description.contains(words), "\(error)")
  }

  @Test func `a server without the command shows no argument of it`() async throws {
    let reply = "-ERR unknown command 'AUTH', with args beginning with: 'app' 'the secret' "
    let error = try #require(try await failure(of: reply, user: "app"))
    #expect(error.description.hasSuffix("ERR unknown command 'AUTH'"), "\(error)")
  }
}
