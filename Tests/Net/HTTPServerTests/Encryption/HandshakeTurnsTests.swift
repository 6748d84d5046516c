import Dispatch
import EventLoop
import Glibc
import TestSupport
import Testing
import Transport

@testable import Cryptography
@testable import HTTPServer

/// The time that a loop gives to handshakes, and who gets it.
@Suite("Turns of handshakes") struct HandshakeTurnsTests {
  private static let (crowd, other) = (ClientSource("192.0.2.1"), ClientSource("192.0.2.2"))

  @Test func `the sites take turns, each with its oldest connection, without those that have left`() {
    var turns = HandshakeTurns<Int>()
    var places: [Int] = []
    for number in 1...4 { places.append(turns.append(number, of: Self.crowd)) }
    _ = turns.append(10, of: Self.other)
    turns.remove(places[1], of: Self.crowd)
    turns.remove(places[1], of: Self.crowd)
    #expect(turns.count == 4)
    var order: [Int] = []
    while let next = turns.next() { order.append(next) }
    #expect(order == [1, 10, 3, 4])
    #expect(turns.count == 0)
    _ = turns.append(11, of: Self.other)
    let next = turns.next()
    #expect(next == 11)
  }

  @Test func `a step begins at once while the turn has time and none waits`() {
    var turns = HandshakeTurns<Int>()
    #expect(turns.isFree)
    let isFirst = [turns.spend(1), turns.spend(1)]
    #expect(isFirst == [true, false])
    #expect(turns.isFree)
    _ = turns.spend(ServerLimit.handshakeNanoseconds)
    #expect(!turns.isFree && !turns.hasTime)
    turns.begin()
    #expect(turns.isFree)
    _ = turns.append(1, of: Self.crowd)
    #expect(!turns.isFree && turns.hasTime)
    let counts = [turns.spend(0), turns.spend(0)]
    #expect(counts == [true, false], "a step without time counts")
  }

  @Test func `a client's handshake does not wait behind the hellos of another one`() async throws {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    try await Self.withServer(on: group) { server, hello in
      let seen = try await blocking {
        // The loop stands still until all hellos are there, and looks at the answers itself.
        let (begin, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        loop.execute { begin.wait() }
        let crowd = try (0..<300).map { _ in try Self.client(server, sending: hello) }
        let other = try Self.client(server, sending: hello, from: "127.0.0.2")
        let answers = Answers(crowd, other, end)
        loop.execute { answers.look(on: loop) }
        begin.signal()
        #expect(end.wait(timeout: .now() + .milliseconds(Patience.milliseconds)) == .success)
        // They get their turns too.
        #expect(waitUntil { crowd.allSatisfy(\.hasInput) })
        return answers.before
      }
      #expect(seen < 100, "\(seen) of 300 came first")
    }
  }

  @Test func `connections that end while they wait leave no handshake behind`() async throws {
    let group = try EventLoopGroup(count: 1)
    let loop = group.loops[0]
    try await Self.withServer(on: group) { server, hello in
      let gate = DispatchSemaphore(value: 0)
      try await blocking {
        loop.execute { gate.wait() }
        for _ in 0..<100 { try Self.client(server, sending: hello).reset() }
        let staying = try Self.client(server, sending: hello)
        gate.signal()
        #expect(waitUntil { staying.hasInput })
      }
      try await eventually("no connection is left") { server.server.connectionCount == 0 }
    }
  }

  private static func withServer(
    on group: EventLoopGroup, _ body: (EncryptedServer, [UInt8]) async throws -> Void
  ) async throws {
    let authority = try TestAuthority()
    let encryption = ServerEncryption(try ServerCertificates(try authority.files()))
    try await HTTPServerTests.withServer(on: group, encryption: encryption) { address, server in
      let server = EncryptedServer(
        address: address, server: server, encryption: encryption, authority: authority)
      var hello: [UInt8] = []
      try TLSSession(client: server.clientContext(), host: "127.0.0.1").start(output: &hello)
      try await body(server, hello)
    }
  }

  private static func client(
    _ server: EncryptedServer, sending hello: [UInt8], from host: String? = nil
  ) throws -> TestClient {
    let client = try TestClient(server.address, from: host)
    try client.sendPlain(hello)
    return client
  }
}

/// How many of a crowd have an answer when another client has one. Only the loop's thread changes it, and the test reads it after
/// the signal.
private final class Answers: @unchecked Sendable {
  private let (crowd, other): ([TestClient], TestClient)
  private let end: DispatchSemaphore
  private(set) var before = Int.max

  init(_ crowd: [TestClient], _ other: TestClient, _ end: DispatchSemaphore) {
    (self.crowd, self.other, self.end) = (crowd, other, end)
  }

  func look(on loop: EventLoop) {
    guard other.hasInput else {
      loop.schedule(afterMilliseconds: 0) { self.look(on: loop) }
      return
    }
    before = crowd.count(where: \.hasInput)
    end.signal()
  }
}
