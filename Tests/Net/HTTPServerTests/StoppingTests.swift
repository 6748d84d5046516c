import Clock
import Dispatch
import EventLoop
import Glibc
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Stopping") struct StoppingTests {
  @Test func `no request that has begun is lost when the server stops`() async throws {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      let responses = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
        for number in 0..<32 {
          group.addTask {
            try await blocking {
              let response = try TestClient(address, from: "127.0.1.\(number % 4)").get("/held")
              return (response.status, response["connection"])
            }
          }
        }
        #expect(await eventually { gate.waitingCount == 32 })
        try await stop(server, at: address, thenOpen: gate)
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(responses.count == 32)
      #expect(responses.allSatisfy { $0.0 == 200 && $0.1 == "close" })
    }
  }

  @Test func `every request pipelined before the stop gets its response`() async throws {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      async let responses = blocking {
        let client = try TestClient(address)
        try client.send(String(repeating: "GET /held HTTP/1.1\r\nHost: t\r\n\r\n", count: 10))
        return try (0..<10).map { _ in try client.readResponse()["connection"] }
      }
      #expect(await eventually { gate.waitingCount == 1 })
      try await stop(server, at: address, thenOpen: gate)
      #expect(try await responses == [String?](repeating: nil, count: 9) + ["close"])
    }
  }

  @Test func `a stopping server soon ends idle connections and refuses new ones`() async throws {
    try await withServer { address, server in
      let hasResponse = Mark()
      async let isAtEnd = blocking {
        let client = try TestClient(address)
        _ = try client.get("/target")
        hasResponse.set()
        return client.isAtEnd()
      }
      #expect(await eventually { hasResponse.isSet })
      // A connection that the server kept open would outlast the client's timeout, and the client would see no end.
      await server.stop(drainSeconds: 600)
      let hasEnded = try await isAtEnd
      #expect(hasEnded)
      let error = await #expect(throws: SocketError.self) {
        try await blocking { _ = try TestClient(address) }
      }
      #expect(error?.reason == .refused)
    }
  }

  @Test func `a request that an idle connection sends while the server drains gets its response`()
    async throws
  {
    try await withServer { address, server in
      try await blocking {
        let clients = [try TestClient(address), try TestClient(address)]
        for client in clients { #expect(try client.get("/target").status == 200) }
        let stopped = DispatchSemaphore(value: 0)
        Task {
          await server.stop(drainSeconds: 60)
          stopped.signal()
        }
        for client in clients {
          usleep(20_000)
          let response = try client.get("/target")
          #expect(response.status == 200)
        }
        for client in clients { #expect(client.isAtEnd()) }
        stopped.wait()
      }
    }
  }

  @Test func `once the end is announced, every response closes its connection, and new ones are served`()
    async throws
  {
    let gate = Gate(answering: "/target")
    try await withServer(responder: gate) { address, server in
      try await blocking {
        let (idle, busy) = (try TestClient(address), try TestClient(address))
        for client in [idle, busy] { #expect(try client.get("/target")["connection"] == nil) }
        try busy.send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { gate.waitingCount == 1 })
        let announced = DispatchSemaphore(value: 0)
        Task {
          await server.announceEnd()
          announced.signal()
        }
        announced.wait()
        for client in [idle, try TestClient(address)] {
          let response = try client.get("/target")
          #expect(response.status == 200 && response["connection"] == "close")
          #expect(client.isAtEnd())
        }
        gate.open()
        #expect(try busy.readResponse()["connection"] == "close")
        #expect(busy.isAtEnd())
      }
    }
  }

  @Test(arguments: [
    "GET /", "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nha",
    "GET /large/4000000 HTTP/1.1\r\nHost: t\r\n\r\n",
  ])
  func `a client that pauses inside its request or reads nothing does not hold up a stop`(_ bytes: String)
    async throws
  {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(4_096))
        try client.send(bytes)
        usleep(100_000)
        let begun = MonotonicClock.nanoseconds()
        let stopped = DispatchSemaphore(value: 0)
        Task {
          await server.stop(drainSeconds: 60)
          stopped.signal()
        }
        stopped.wait()
        #expect(MonotonicClock.nanoseconds() - begun < 30_000_000_000)
        withExtendedLifetime(client) {}
      }
    }
  }

  @Test(arguments: [
    (
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n", String(repeating: "x", count: 300),
      0
    ),
    ("GET /large/4000000 HTTP/1.1\r\nHost: t\r\n\r\n", "", 2_000),
    ("GET /target HT", "TP/1.1\r\nHost: t\r\n\r\nGET /target HT", 65_536),
  ])
  func `a client that sends or reads a little all the time does not hold up a stop`(
    _ begin: String, _ more: String, _ taken: Int
  ) async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(4_096))
        try client.send(begin)
        if taken > 0, more.isEmpty {
          #expect(waitUntil { server.load.unsentBytes > 0 })
        } else {
          usleep(50_000)
        }
        let begun = MonotonicClock.nanoseconds()
        let hasStopped = Mark()
        Task {
          await server.stop(drainSeconds: 60)
          hasStopped.set()
        }
        while !hasStopped.isSet, MonotonicClock.nanoseconds() - begun < 50_000_000_000 {
          if !more.isEmpty { try? client.send(more) }
          if taken > 0 { _ = try? client.fill(atMost: taken) }
          usleep(300_000)
        }
        #expect(MonotonicClock.nanoseconds() - begun < 30_000_000_000)
      }
    }
  }

  @Test func `a client that reads steadily gets its whole answer while the server stops`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(16_384))
        try client.send("GET /large/2000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.unsentBytes > 0 })
        let begun = MonotonicClock.nanoseconds()
        let hasStopped = Mark()
        Task {
          await server.stop(drainSeconds: 60)
          hasStopped.set()
        }
        for _ in 0..<90 {
          try client.fill(atMost: 16_000)
          usleep(100_000)
        }
        #expect(try client.readToEnd().utf8.count > 2_000_000)
        #expect(waitUntil { hasStopped.isSet })
        // The connection was to stay open after its answer, and is idle now.
        #expect(MonotonicClock.nanoseconds() - begun < 40_000_000_000)
      }
    }
  }

  @Test func `a connection that outlasts the drain time is closed`() async throws {
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

  @Test func `clients that reconnect during the stop lose no request`() async throws {
    let port = try ReservedPort()
    try await withServer(HTTPServerConfiguration.forTests(port: port.number)) { address, server in
      let failures = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<4 {
          group.addTask { try await blocking { failuresUntilRefused(at: address) } }
        }
        try await Task.sleep(for: .milliseconds(100))
        await server.stop(drainSeconds: 10)
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(failures == [0, 0, 0, 0])
    }
    withExtendedLifetime(port) {}
  }

  @Test func `a server starts only once and can stop at any time`() async throws {
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .forTests()) { _ in PathResponder() }
    _ = try await server.start()
    await #expect(throws: HTTPServer.StartError.startedBefore) { try await server.start() }
    await server.stop(drainSeconds: 1)
    await server.stop(drainSeconds: 1)
    let never = HTTPServer(group: group, configuration: .forTests()) { _ in PathResponder() }
    await never.stop(drainSeconds: 1)
    await #expect(throws: HTTPServer.StartError.startedBefore) { try await never.start() }
  }

  @Test func `a server whose responder cannot be made does not start`() async throws {
    struct NoDatabase: Error {}
    let group = try EventLoopGroup(count: 2)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .forTests()) { _ -> PathResponder in
      throw NoDatabase()
    }
    await #expect(throws: NoDatabase.self) { try await server.start() }
  }

  @Test func `each responder is made on its own loop`() async throws {
    let group = try EventLoopGroup(count: 2)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .forTests()) { loop in
      #expect(loop.isCurrent)
      return PathResponder()
    }
    _ = try await server.start()
    await server.stop(drainSeconds: 0)
  }
}

/// A thread-safe flag.
private final class Mark: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}

/// Stops a server with one loop, and releases the held requests once the server drains. The end of an idle connection
/// indicates that.
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

/// Opens one connection per request until the server refuses, and counts those that end without a response.
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
