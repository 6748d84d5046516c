import Cache
import Testing

@Suite("Rights apply alike on every engine")
struct RightsTests {
  private static let reads = [["GET", "K"], ["TTL", "K"], ["EXISTS", "K"]]
  private static let writes = [["SET", "K", "1"], ["INCR", "K"], ["EXPIRE", "K", "9"], ["DEL", "K"]]
  /// Commands that reach beyond a key space, inspect other clients, or administer the server.
  private static let forbidden = [
    ["FLUSHALL"], ["FLUSHDB"], ["KEYS", "*"], ["SCAN", "0"], ["RANDOMKEY"], ["DBSIZE"], ["SELECT", "1"],
    ["SWAPDB", "0", "1"], ["MOVE", "K", "1"], ["CONFIG", "GET", "*"], ["MONITOR"], ["SYNC"],
    ["PSYNC", "?", "-1"],
    ["REPLICAOF", "NO", "ONE"], ["SHUTDOWN"], ["SAVE"], ["ACL", "LIST"], ["ACL", "WHOAMI"],
    ["ACL", "SETUSER", "x"], ["CLIENT", "LIST"], ["CLIENT", "KILL", "ID", "1"], ["CLIENT", "TRACKING", "ON"],
    ["EVAL", "return 1", "0"], ["SCRIPT", "FLUSH"], ["FUNCTION", "LIST"], ["PUBLISH", "c", "m"],
    ["SUBSCRIBE", "c"], ["INFO"], ["SLOWLOG", "GET"], ["LATENCY", "LATEST"], ["MODULE", "LIST"],
    ["MIGRATE", "127.0.0.1", "1", "K", "0", "1"], ["SORT", "K"], ["OBJECT", "HELP"],
  ]

  private func words(_ command: [String], key: String) -> [String] { command.map { $0 == "K" ? key : $0 } }

  private func denial(_ connection: any CacheConnection, _ words: [String]) async -> CacheDenial? {
    let error = await #expect(throws: CacheError.self, "\(words)") { try await connection.command(words) }
    guard case .permissionDenied(let denial) = error else {
      Issue.record("\(words): \(String(describing: error))")
      return nil
    }
    return denial
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `a writer may read and write its own keys`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, _, prefix in
      for command in Self.writes + Self.reads {
        _ = try await writer.command(words(command, key: prefix + "k"))
      }
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `a reader may read its keys and is denied every write command`(engine: CacheUnderTest)
    async throws
  {
    try await engine.withAccounts { writer, reader, prefix in
      _ = try await writer.command(["SET", prefix + "k", "1"])
      for command in Self.reads { _ = try await reader.command(words(command, key: prefix + "k")) }
      for command in Self.writes {
        let denial = await denial(reader, words(command, key: prefix + "k"))
        #expect(denial?.subject == .command)
        #expect(denial?.command == command[0])
        #expect(denial?.keySpace == prefix)
      }
      #expect(try await writer.command(["GET", prefix + "k"]).text == "1")
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `an account may not use the keys of another service`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, reader, prefix in
      let others = [
        "other:k", "k", "", String(prefix.dropLast()), prefix.uppercased() + "k", "x" + prefix + "k",
      ]
      for key in others {
        for command in Self.reads + Self.writes {
          #expect(await denial(writer, words(command, key: key))?.subject == .key)
        }
        for command in Self.reads {
          #expect(await denial(reader, words(command, key: key))?.subject == .key)
        }
      }
      #expect(await denial(writer, ["DEL", prefix + "k", "other:k"])?.subject == .key)
      #expect(await denial(writer, ["EXISTS", prefix + "k", "other:k"])?.subject == .key)
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `an account may not administer or inspect the server, or message other clients`(
    engine: CacheUnderTest
  ) async throws {
    try await engine.withAccounts { writer, reader, prefix in
      for command in Self.forbidden where !(engine == .redis && Self.isReadOnRedis(command)) {
        for connection in [writer, reader] {
          _ = await denial(connection, words(command, key: prefix + "k"))
        }
      }
      let reply = try await writer.command(["PING"])
      #expect(reply == .status("PONG"))
    }
  }

  /// Redis counts these among the read commands; the memory cache has no such commands.
  private static func isReadOnRedis(_ command: [String]) -> Bool { command[0] == "OBJECT" }
}
