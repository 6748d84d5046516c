import Dispatch
import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Listener and sockets", .serialized) struct ListenerTests {
  @Test func `a listener hands a connection over once, ready for use`() async throws {
    let sockets = AcceptedSockets()
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
    #expect(listener.address.port != 0)
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      let accepted = try #require(await sockets.next())
      #expect(try accepted.remoteAddress() == client.localAddress())
      #expect(number(of: TCP_NODELAY, accepted) != 0)
      // TCP_NOTSENT_LOWAT, which Swift's Glibc module does not have.
      #expect(number(of: 25, accepted) == 65_536)
      #expect(try accepted.read(into: 16) == (.wouldBlock, ""))
      #expect(try client.write("hello") == .bytes(5))
      #expect(await eventually { (try? accepted.read(into: 16))?.1 == "hello" })
      client.finishWriting()
      #expect(await eventually { (try? accepted.read(into: 16))?.0 == .ended })
      client.close()
    }
    await listener.closeAndWait()
  }

  private func number(of option: Int32, _ socket: Socket) -> Int32 {
    var (value, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
    getsockopt(socket.descriptor, Int32(IPPROTO_TCP), option, &value, &length)
    return value
  }

  @Test func `the error of an address in use names the address`() async throws {
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in socket.close() }
    let error = #expect(throws: SocketError.self) {
      try Listener(on: .loopback(port: listener.address.port)) { socket, _ in socket.close() }
    }
    #expect(error?.reason == .addressInUse)
    #expect(error.map { "\($0)".hasPrefix("bind 127.0.0.1:\(listener.address.port): ") } == true)
    await listener.closeAndWait()
  }

  @Test func `a write to a disconnected peer is an error and no signal`() async throws {
    let sockets = AcceptedSockets()
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      let accepted = try #require(await sockets.next())
      accepted.close()
      sockets.forget()
      let isReported = await eventually {
        do {
          _ = try client.write("x")
          return false
        } catch {
          return (error as? SocketError)?.reason == .peerGone
        }
      }
      #expect(isReported)
      client.close()
    }
  }

  @Test func `a write to a slow peer takes fewer bytes, then none`() async throws {
    let sockets = AcceptedSockets()
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
    try await withLoop { loop in
      let client = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      try client.set(.sendBufferBytes(8_192))
      let text = String(repeating: "x", count: 1 << 20)
      var outcomes: [Socket.WriteOutcome] = []
      for _ in 0..<100 where outcomes.last != .wouldBlock { outcomes.append(try client.write(text)) }
      #expect(outcomes.last == .wouldBlock)
      client.close()
    }
  }

  @Test func `a closed listener refuses connections, and its port is free`() async throws {
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in socket.close() }
    await listener.closeAndWait()
    listener.close()
    try await withLoop { loop in
      let error = await #expect(throws: SocketError.self) {
        try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      }
      #expect(error?.reason == .refused)
      #expect(error?.errorNumber == ECONNREFUSED)
    }
    let again = try Listener(on: listener.address) { socket, _ in socket.close() }
    await again.closeAndWait()
  }

  @Test func `a client that resets its connection before it is accepted has its address`() async throws {
    let gate = DispatchSemaphore(value: 0)
    let clients = Mutex<[SocketAddress]>([])
    let listener = try Listener(on: .loopback(port: 0)) { socket, client in
      let count = clients.withLock { clients in
        clients.append(client)
        return clients.count
      }
      if count == 1 { gate.wait() }
      socket.close()
    }
    try await withLoop { loop in
      let first = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      try await eventually("the listener is busy") { clients.withLock { $0.count } == 1 }
      let second = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      let address = try second.localAddress()
      _ = try second.write("GET / HTTP/1.1\r\n\r\n")
      var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        second.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      second.close()
      gate.signal()
      try await eventually("the second client is accepted") { clients.withLock { $0.count } == 2 }
      #expect(clients.withLock { $0 }[1] == address)
      first.close()
    }
    await listener.closeAndWait()
  }

  @Test func `a listener that closes still hands over the connections that wait`() async throws {
    let sockets = AcceptedSockets()
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
    try await withLoop { loop in
      var clients: [Socket] = []
      for _ in 0..<20 {
        clients.append(
          try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000))
      }
      await listener.closeAndWait()
      #expect(sockets.count == 20)
      for client in clients { client.close() }
    }
  }

  @Test func `each client that connects while a listener closes is handed over`() async throws {
    for _ in 0..<5 {
      let accepted = Mutex(0)
      let port = try ReservedPort()
      let listener = try Listener(on: .loopback(port: port.number)) { socket, _ in
        accepted.withLock { $0 += 1 }
        socket.close()
      }
      let clients = EagerClients(of: listener.address, count: 4)
      try await eventually("clients connect") { clients.connected >= 200 }
      await listener.closeAndWait()
      await clients.end()
      #expect(accepted.withLock { $0 } == clients.connected)
      withExtendedLifetime(port) {}
    }
  }

  @Test func `a client whose handshake is in progress when a listener closes is handed over`() async throws {
    // The handshake ends a second after its begin: within the 900 ms of the close, and after more looks than those of a
    // close that knows of none. Where the machine was too slow for this, another client tries.
    var isProven = false
    for _ in 0..<20 where !isProven {
      let sockets = AcceptedSockets()
      let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
      let begin = ContinuousClock.now
      let client = try DeafClient(of: listener.address)
      try await Task.sleep(for: .milliseconds(500))
      try client.hear()
      isProven = ContinuousClock.now - begin < .milliseconds(650)
      await listener.closeAndWait()
      if isProven { #expect(sockets.count == 1) }
    }
    #expect(isProven)
  }

  @Test func `a look finds a handshake in progress, and lists no client that is connected`() async throws {
    let socket = try Socket.open(for: .loopback(port: 0))
    defer { socket.close() }
    #expect(listen(socket.descriptor, 8) == 0)
    let address = try socket.localAddress()
    #expect(ListeningDescriptor.handshakes(of: socket.descriptor) == .none)
    try await withLoop { loop in
      let client = try await Socket.connected(to: address, on: loop, timeoutMilliseconds: 60_000)
      #expect(await eventually { ListeningDescriptor.handshakes(of: socket.descriptor) == .none })
      let deaf = try DeafClient(of: address)
      #expect(await eventually { ListeningDescriptor.handshakes(of: socket.descriptor) == .inProgress })
      withExtendedLifetime(deaf) { client.close() }
    }
  }

  @Test func `a client that never ends its handshake does not hold up the close`() async throws {
    let sockets = AcceptedSockets()
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in sockets.take(socket) }
    let client = try DeafClient(of: listener.address)
    // The kernel would wait for it for a minute.
    let begin = ContinuousClock.now
    await listener.closeAndWait()
    #expect(ContinuousClock.now - begin < .seconds(30))
    #expect(sockets.count == 0)
    withExtendedLifetime(client) {}
  }

  @Test func `a listener refuses an address in use with that reason`() throws {
    let listener = try Listener(on: .loopback(port: 0)) { socket, _ in socket.close() }
    let error = #expect(throws: SocketError.self) {
      try Listener(on: listener.address) { socket, _ in socket.close() }
    }
    #expect(error?.reason == .addressInUse)
  }

  @Test func `a listener refuses a name as its address`() {
    let error = #expect(throws: SocketError.self) {
      try Listener(on: SocketAddress(host: "localhost", port: 0)) { socket, _ in socket.close() }
    }
    #expect(error?.reason == .malformedAddress)
  }

  @Test func `a connect without an answer ends in time`() async throws {
    // A backlog of one without an accept: further connects hang.
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

  @Test func `a listener without descriptors pauses, and continues when there are some`() async {
    // In a process of its own: the other tests need descriptors too.
    await #expect(processExitsWith: .success) {
      let shortage = try Shortage()
      let isReported = waitUntil { shortage.reported > 0 }
      let (begin, processorBefore) = (ContinuousClock.now, clock())
      usleep(300_000)
      let processorUsed = clock() - processorBefore
      // One report for each pause of 100 ms.
      let most = Int((ContinuousClock.now - begin) / .milliseconds(100)) + 2
      let areRare = isReported && shortage.reported <= most
      let isResting = areRare && shortage.sockets.count == 0 && processorUsed < CLOCKS_PER_SEC / 10
      shortage.hoard.giveBack()
      let isServed = await eventually { shortage.sockets.count == 1 }
      exit(isResting && isServed ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  @Test func `a listener that closes in its pause hands over the client that waits`() async {
    await #expect(processExitsWith: .success) {
      let shortage = try Shortage()
      let isPaused = waitUntil { shortage.reported > 0 }
      shortage.hoard.giveBack()
      await shortage.listener.closeAndWait()
      exit(isPaused && shortage.sockets.count == 1 ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  @Test
  func `a listener that closes without descriptors hands over the client that waits, once there are some`()
    async
  {
    await #expect(processExitsWith: .success) {
      // The descriptors come back within the 900 ms of the close. Where the machine was too slow for this, it tries again.
      for _ in 0..<20 {
        let shortage = try Shortage()
        let isPaused = waitUntil { shortage.reported > 0 }
        let begin = ContinuousClock.now
        async let isClosed: Void = shortage.listener.closeAndWait()
        try await Task.sleep(for: .milliseconds(350))
        shortage.hoard.giveBack()
        let isProven = isPaused && ContinuousClock.now - begin < .milliseconds(800)
        await isClosed
        if isProven { exit(shortage.sockets.count == 1 ? EXIT_SUCCESS : EXIT_FAILURE) }
      }
      exit(EXIT_FAILURE)
    }
  }

  @Test func `a look without descriptors takes it that a handshake is in progress`() async {
    await #expect(processExitsWith: .success) {
      let socket = try Socket.open(for: .loopback(port: 0))
      let isListening = listen(socket.descriptor, 8) == 0
      let hoard = Hoard()
      hoard.takeAll()
      let isCautious = ListeningDescriptor.handshakes(of: socket.descriptor) == .inProgress
      hoard.giveBack()
      let isSure = ListeningDescriptor.handshakes(of: socket.descriptor) == .none
      exit(isListening && isCautious && isSure ? EXIT_SUCCESS : EXIT_FAILURE)
    }
  }

  @Test func `a listener closes after three looks where the system does not report handshakes`() async {
    await #expect(processExitsWith: .success) {
      try forbidNetlink()
      let listener = try Listener(on: .loopback(port: 0)) { socket, _ in socket.close() }
      let client = try DeafClient(of: listener.address)
      let begin = ContinuousClock.now
      await listener.closeAndWait()
      let areThree = ContinuousClock.now - begin >= .milliseconds(300)
      let socket = try Socket.open(for: .loopback(port: 0))
      let isUnknown = ListeningDescriptor.handshakes(of: socket.descriptor) == .unknown
      withExtendedLifetime(client) { exit(areThree && isUnknown ? EXIT_SUCCESS : EXIT_FAILURE) }
    }
  }
}
