import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Listener and sockets", .serialized) struct ListenerTests {
  @Test func `a connection is handed over once, ready for use`() async throws {
    let house = House()
    let listener = try Listener(on: .loopback(port: 0)) { house.take($0) }
    #expect(listener.address.port != 0)
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 5_000)
      let accepted = try #require(await house.next())
      #expect(try accepted.remoteAddress() == client.localAddress())
      #expect(try accepted.read(into: 16) == (.wouldBlock, ""))
      #expect(try client.write("hello") == .bytes(5))
      #expect(await eventually { (try? accepted.read(into: 16))?.1 == "hello" })
      client.finishWriting()
      #expect(await eventually { (try? accepted.read(into: 16))?.0 == .ended })
      client.close()
    }
    await listener.closeAndWait()
  }

  @Test func `writing to a peer that is gone is an error and no signal`() async throws {
    let house = House()
    let listener = try Listener(on: .loopback(port: 0)) { house.take($0) }
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 5_000)
      let accepted = try #require(await house.next())
      accepted.close()
      house.forget()
      let isTold = await eventually {
        do {
          _ = try client.write("x")
          return false
        } catch {
          return (error as? SocketError)?.reason == .peerGone
        }
      }
      #expect(isTold)
      client.close()
    }
  }

  @Test func `a slow peer makes a write take less, then nothing`() async throws {
    let house = House()
    let listener = try Listener(on: .loopback(port: 0)) { house.take($0) }
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 5_000)
      try client.set(.sendBufferBytes(8_192))
      let text = String(repeating: "x", count: 1 << 20)
      var outcomes: [Socket.WriteOutcome] = []
      for _ in 0..<100 where outcomes.last != .wouldBlock { outcomes.append(try client.write(text)) }
      #expect(outcomes.last == .wouldBlock)
      client.close()
    }
  }

  @Test func `a closed listener refuses, and its port is free`() async throws {
    let listener = try Listener(on: .loopback(port: 0)) { $0.close() }
    await listener.closeAndWait()
    listener.close()
    try await withLoop { loop in
      let error = await #expect(throws: SocketError.self) {
        try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 5_000)
      }
      #expect(error?.reason == .refused)
      #expect(error?.errorNumber == ECONNREFUSED)
    }
    let again = try Listener(on: listener.address) { $0.close() }
    await again.closeAndWait()
  }

  @Test func `connections that wait when a listener closes are still handed over`() async throws {
    let house = House()
    let listener = try Listener(on: .loopback(port: 0)) { house.take($0) }
    try await withLoop { loop in
      var clients: [Socket] = []
      for _ in 0..<20 {
        clients.append(try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 5_000))
      }
      await listener.closeAndWait()
      #expect(house.count == 20)
      for client in clients { client.close() }
    }
  }

  @Test func `an address in use is refused with that reason`() throws {
    let listener = try Listener(on: .loopback(port: 0)) { $0.close() }
    let error = #expect(throws: SocketError.self) { try Listener(on: listener.address) { $0.close() } }
    #expect(error?.reason == .addressInUse)
  }

  @Test func `a name is no address to listen on`() {
    let error = #expect(throws: SocketError.self) {
      try Listener(on: SocketAddress(host: "localhost", port: 0)) { $0.close() }
    }
    #expect(error?.reason == .malformedAddress)
  }

  @Test func `a connect that nobody answers ends in time`() async throws {
    // A queue of one that nobody empties: further connects hang.
    let socket = try Socket.open(for: .loopback(port: 0))
    defer { socket.close() }
    #expect(listen(socket.descriptor, 0) == 0)
    let port = try socket.localAddress().port
    try await withLoop { loop in
      var failures: [SocketError] = []
      for _ in 0..<6 where failures.isEmpty {
        do {
          _ = try await Socket.connected(
            to: .loopback(port: port), on: loop, timeoutMilliseconds: 50)
        } catch let error as SocketError {
          failures.append(error)
        }
      }
      #expect(failures.map(\.reason) == [.timedOut])
    }
  }

  @Test func `a process without descriptors rests, and goes on when it has some`() async {
    // In a process of its own: the other tests need descriptors too.
    await #expect(processExitsWith: .success) {
      let house = House()
      let listener = try Listener(on: .loopback(port: 0)) { house.take($0) }
      let client = try Socket.open(for: listener.address)
      let hoard = Hoard()
      hoard.takeAll()
      _ = try client.connect(to: listener.address)
      let processorBefore = clock()
      usleep(300_000)
      let processorUsed = clock() - processorBefore
      let isResting = house.count == 0 && processorUsed < CLOCKS_PER_SEC / 10
      hoard.giveBack()
      let isServed = await eventually { house.count == 1 }
      exit(isResting && isServed ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }
}
