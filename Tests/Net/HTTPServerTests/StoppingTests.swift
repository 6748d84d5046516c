import Clock
import EventLoop
import HTTPServer
import Routing
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Stopping") struct StoppingTests {
  @Test func `no request that has begun is lost when the server stops`() async throws {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      let answers = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
        for _ in 0..<32 {
          group.addTask {
            try await blocking {
              let answer = try TestClient(address).get("/held")
              return (answer.status, answer["connection"])
            }
          }
        }
        #expect(await eventually { gate.waitingCount == 32 })
        try await stop(server, at: address, thenOpen: gate)
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers.count == 32)
      #expect(answers.allSatisfy { $0.0 == 200 && $0.1 == "close" })
    }
  }

  @Test func `what was pipelined before the stop is answered to the last`() async throws {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      async let answers = blocking {
        let client = try TestClient(address)
        try client.send(String(repeating: "GET /held HTTP/1.1\r\nHost: t\r\n\r\n", count: 10))
        return try (0..<10).map { _ in try client.readAnswer()["connection"] }
      }
      #expect(await eventually { gate.waitingCount == 1 })
      try await stop(server, at: address, thenOpen: gate)
      #expect(try await answers == [String?](repeating: nil, count: 9) + ["close"])
    }
  }

  @Test func `idle connections end at once, and nobody else comes in`() async throws {
    try await withServer { address, server in
      let answered = Mark()
      async let isAtEnd = blocking {
        let client = try TestClient(address)
        _ = try client.get("/target")
        answered.set()
        return client.isAtEnd()
      }
      #expect(await eventually { answered.isSet })
      // A connection that the server kept open would outlast the client's patience, and so be no end to the client.
      await server.stop(drainSeconds: 600)
      let hasEnded = try await isAtEnd
      #expect(hasEnded)
      let error = await #expect(throws: SocketError.self) {
        try await blocking { _ = try TestClient(address) }
      }
      #expect(error?.reason == .refused)
    }
  }

  @Test func `what has not ended in time is cut off`() async throws {
    let gate = Gate()
    try await withServer(responder: gate) { address, server in
      async let isCut = blocking {
        let client = try TestClient(address)
        try client.send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        return client.isAtEnd()
      }
      #expect(await eventually { gate.waitingCount == 1 })
      await server.stop(drainSeconds: 1)
      #expect(server.connectionCount == 0)
      let wasCut = try await isCut
      #expect(wasCut)
      gate.open()
    }
  }

  @Test func `clients that keep coming lose no more than what the server never accepted`() async throws {
    try await withServer { address, server in
      let failures = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask { try await blocking { failuresUntilRefused(at: address) } }
        }
        try await Task.sleep(for: .milliseconds(100))
        await server.stop(drainSeconds: 10)
        return try await group.reduce(into: []) { $0.append($1) }
      }
      // The kernel may have completed one more connection for each client while the listener was being closed.
      #expect(failures.allSatisfy { $0 <= 1 }, "\(failures)")
    }
  }

  @Test func `a server starts once, and may be stopped at any time`() async throws {
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: HTTPServerConfiguration()) { _ in PathResponder() }
    _ = try await server.start()
    await #expect(throws: HTTPServer.StartError.startedBefore) { try await server.start() }
    await server.stop(drainSeconds: 1)
    await server.stop(drainSeconds: 1)
    let never = HTTPServer(group: group, configuration: HTTPServerConfiguration()) { _ in PathResponder() }
    await never.stop(drainSeconds: 1)
    await #expect(throws: HTTPServer.StartError.startedBefore) { try await never.start() }
  }

  @Test func `a responder that cannot be made keeps the server from starting`() async throws {
    struct NoDatabase: Error {}
    let group = try EventLoopGroup(count: 2)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: HTTPServerConfiguration()) { _ -> PathResponder in
      throw NoDatabase()
    }
    await #expect(throws: NoDatabase.self) { try await server.start() }
  }

  @Test func `responders are made on their own loops`() async throws {
    let group = try EventLoopGroup(count: 2)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: HTTPServerConfiguration()) { loop in
      #expect(loop.isCurrent)
      return PathResponder()
    }
    _ = try await server.start()
    await server.stop(drainSeconds: 0)
  }
}

/// Something that has happened.
private final class Mark: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}

/// Begins to stop a server of one loop, and lets the held requests go on only when it is draining, which shows in the
/// end of an idle connection.
private func stop(_ server: HTTPServer, at address: SocketAddress, thenOpen gate: Gate) async throws {
  let heldCount = server.connectionCount
  async let idleHasEnded = blocking { try TestClient(address).isAtEnd() }
  #expect(await eventually { server.connectionCount == heldCount + 1 })
  async let stopped: Void = server.stop(drainSeconds: 10)
  let isDraining = try await idleHasEnded
  #expect(isDraining)
  gate.open()
  await stopped
  #expect(server.connectionCount == 0)
}

/// One connection per request until the server refuses; counts those that ended without an answer.
private func failuresUntilRefused(at address: SocketAddress) -> Int {
  var failures = 0
  for _ in 0..<100_000 {
    do {
      if try TestClient(address).get("/slow/1").status != 200 { failures += 1 }
    } catch let error as SocketError where error.reason == .refused {
      return failures
    } catch {
      failures += 1
      if failures > 10 { return failures }
    }
  }
  return failures
}
