import Cache
import Testing

@Suite("Commands behave alike on every engine")
struct CommandTests {
  private func expect(
    _ connection: any CacheConnection, _ words: [String], gives expected: RESPValue,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let reply = try await connection.command(words)
    #expect(reply == expected, "\(words)", sourceLocation: location)
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `values are stored, read, counted and removed`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, _, prefix in
      let key = prefix + "k"
      try await expect(writer, ["PING"], gives: .status("PONG"))
      try await expect(writer, ["GET", key], gives: .null)
      try await expect(writer, ["SET", key, "a\0b"], gives: .status("OK"))
      try await expect(writer, ["get", key], gives: .bytes(Array("a\0b".utf8)))
      try await expect(writer, ["EXISTS", key, prefix + "x", key], gives: .integer(2))
      try await expect(writer, ["DEL", key, key, prefix + "x"], gives: .integer(1))
      try await expect(writer, ["GET", key], gives: .null)
      try await expect(writer, ["INCR", key], gives: .integer(1))
      try await expect(writer, ["INCR", key], gives: .integer(2))
      try await expect(writer, ["GET", key], gives: .bytes(Array("2".utf8)))
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `times to live are set, kept and reported`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, _, prefix in
      let key = prefix + "k"
      try await expect(writer, ["TTL", key], gives: .integer(-2))
      try await expect(writer, ["EXPIRE", key, "10"], gives: .integer(0))
      try await expect(writer, ["SET", key, "1", "EX", "100"], gives: .status("OK"))
      try await expect(writer, ["TTL", key], gives: .integer(100))
      try await expect(writer, ["INCR", key], gives: .integer(2))
      try await expect(writer, ["TTL", key], gives: .integer(100))
      try await expect(writer, ["SET", key, "1", "PX", "50000"], gives: .status("OK"))
      try await expect(writer, ["TTL", key], gives: .integer(50))
      try await expect(writer, ["SET", key, "1"], gives: .status("OK"))
      try await expect(writer, ["TTL", key], gives: .integer(-1))
      try await expect(writer, ["EXPIRE", key, "0"], gives: .integer(1))
      try await expect(writer, ["GET", key], gives: .null)
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `a value can be stored on the condition that the key exists, or does not`(engine: CacheUnderTest)
    async throws
  {
    try await engine.withAccounts { writer, _, prefix in
      let key = prefix + "k"
      try await expect(writer, ["SET", key, "1", "XX"], gives: .null)
      try await expect(writer, ["SET", key, "1", "NX", "EX", "9"], gives: .status("OK"))
      try await expect(writer, ["SET", key, "2", "EX", "5", "NX"], gives: .null)
      try await expect(writer, ["SET", key, "3", "XX"], gives: .status("OK"))
      try await expect(writer, ["GET", key], gives: .bytes(Array("3".utf8)))
    }
  }

  static let mistakes = [
    ["GET"], ["GET", "K", "K"], ["SET", "K"], ["SET", "K", "v", "EX"], ["SET", "K", "v", "EX", "0"],
    ["SET", "K", "v", "EX", "-1"], ["SET", "K", "v", "EX", "1.5"], ["SET", "K", "v", "EX", "+1"],
    ["SET", "K", "v", "NX", "XX"], ["SET", "K", "v", "EX", "1", "PX", "1"], ["SET", "K", "v", "WHAT"],
    ["SET", "K", "v", "EX", "9223372036854775807"], ["DEL"], ["EXISTS"], ["INCR"], ["INCR", "WORD"],
    ["INCR", "FULL"], ["EXPIRE", "K"], ["EXPIRE", "K", "soon"],
  ]

  @Test(arguments: CacheUnderTest.allCases)
  func `malformed commands are rejected and change nothing`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, _, prefix in
      _ = try await writer.command(["SET", prefix + "WORD", "word"])
      _ = try await writer.command(["SET", prefix + "FULL", "\(Int64.max)"])
      for words in Self.mistakes {
        let command = words.map { ["K", "WORD", "FULL"].contains($0) ? prefix + $0 : $0 }
        let error = await #expect(throws: CacheError.self, "\(words)") { try await writer.command(command) }
        guard case .refused("ERR", _) = error else {
          Issue.record("\(words): \(String(describing: error))")
          continue
        }
      }
      try await expect(writer, ["EXISTS", prefix + "K"], gives: .integer(0))
      try await expect(writer, ["GET", prefix + "FULL"], gives: .bytes(Array("\(Int64.max)".utf8)))
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `a pipeline returns results in order, and one failure does not stop the next command`(
    engine: CacheUnderTest
  )
    async throws
  {
    try await engine.withAccounts { writer, _, prefix in
      let commands = [["SET", prefix + "a", "1"], ["GET", "elsewhere:a"], ["INCR", prefix + "a"]]
      let results = await writer.pipeline(commands.map { $0.map { Array($0.utf8) } })
      #expect(results[0] == .success(.status("OK")))
      #expect(throws: CacheError.self) { try results[1].get() }
      #expect(results[2] == .success(.integer(2)))
      #expect(await writer.pipeline([]).isEmpty)
    }
  }

  @Test(arguments: CacheUnderTest.allCases)
  func `every command on a closed connection fails with closed`(engine: CacheUnderTest) async throws {
    try await engine.withAccounts { writer, _, _ in
      await writer.close()
      await writer.close()
      for _ in 0..<2 {
        await #expect(throws: CacheError.closed) { try await writer.command(["PING"]) }
      }
    }
  }
}
