import EventLoop
import Logging
import Secrets
import Synchronization
import TestSupport
import Testing
import Transport

@testable import DataAccess

/// The search for a server that takes writes, without any server.
struct HostSearchTests {
  /// What each server answers to an attempt, and the attempts so far.
  private final class Script: Sendable {
    let answers = Mutex<[String: HostFailure.Reason]>([:])
    let attempts = Mutex<[String]>([])
    let refusals = Mutex<[String: DatabaseError]>([:])
    let accepted: Set<String>

    init(accepting passwords: Set<String> = ["secret"]) {
      accepted = passwords
    }

    func set(_ server: String, _ answer: HostFailure.Reason?) { answers.withLock { $0[server] = answer } }

    func refuse(_ server: String, _ kind: DatabaseError.Kind, _ code: String) {
      refusals.withLock { $0[server] = DatabaseError(kind, nativeCode: code, detail: "\(server) failed") }
    }

    func attempt(_ server: ServerAddress, _ password: Secret) throws(HostFailure) -> String {
      let name = server.target.host
      attempts.withLock { $0.append(name) }
      if let refusal = refusals.withLock({ $0[name] }) { throw HostFailure(.rejected, refusal) }
      let answer = accepted.contains(password.reveal()) ? answers.withLock { $0[name] } : .refusedPassword
      guard let answer else { return name }
      let isRefused = if case .refusedPassword = answer { true } else { false }
      throw HostFailure(
        answer,
        DatabaseError(isRefused ? .authenticationFailed : .connectionRefused, detail: "\(name) failed"))
    }

    /// The attempts since the last call.
    func takeAttempts() -> [String] {
      attempts.withLock { attempts in
        defer { attempts = [] }
        return attempts
      }
    }
  }

  /// Two hosts, of which the first has two addresses.
  private func search(
    _ script: Script, _ memory: HostMemory, timeouts: @escaping @Sendable (Int) -> Void = { _ in }
  ) -> HostSearch<String> {
    HostSearch(
      hosts: ["pair", "third"].map { Endpoint(host: $0, port: 1) }, timeoutMilliseconds: 90_000,
      memory: memory,
      servers: { ServerAddress.all(of: $0, addresses: $0.host == "pair" ? ["first", "second"] : []) }
    ) { (server, password, timeout) throws(HostFailure) in
      timeouts(timeout)
      return try script.attempt(server, password)
    }
  }

  private func memory(_ credential: CredentialSource = .fixed(Secret("secret"))) -> HostMemory {
    HostMemory(
      gate: PasswordGate(
        credential, account: "someone", of: "database", retryDelaySeconds: 0,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }), credential: credential)
  }

  @Test func `every address of a name is tried, and the next search begins with the server that served`()
    throws
  {
    let (script, memory) = (Script(), memory())
    let parts = Mutex<[Int]>([])
    let search = search(script, memory) { part in parts.withLock { $0.append(part) } }
    script.set("first", .silent)
    #expect(try search.run().connection == "second")
    #expect(script.takeAttempts() == ["first", "second"])
    // The time that is left is shared by the servers that are left.
    #expect(parts.withLock { $0[0] <= 30_000 && $0[1] <= 45_000 })
    #expect(try search.run().connection == "second")
    #expect(script.takeAttempts() == ["second"])
    script.set("second", .rejected)
    #expect(try search.run().connection == "third")
    #expect(script.takeAttempts() == ["second", "first", "third"])
  }

  @Test func `a failure has the reason of every server`() {
    let script = Script()
    script.set("first", .silent)
    script.set("second", .readOnly("is read-only"))
    script.set("third", .rejected)
    let error = #expect(throws: DatabaseError.self) { try search(script, memory()).run() }
    #expect(error?.detail == "first failed; second failed; third failed")
  }

  @Test func `a failure names every server with the kind and the code of its refusal, and none of its words`()
  {
    let script = Script()
    script.set("first", .silent)
    script.set("third", .rejected)
    script.refuse("second", .tooManyConnections, "1040")
    let error = #expect(throws: DatabaseError.self) { try search(script, memory()).run() }
    let expected = [
      "pair:1 (first): the database cannot be reached",
      "pair:1 (second): the database accepts no more connections (1040)",
      "third:1: the database cannot be reached",
    ].joined(separator: "; ")
    #expect(error?.servers == expected)
    let query = Query(sql: "SELECT 1", operation: Operation(.other, label: "ping"), isRead: true)
    #expect(error?.during(query).report == "the database cannot be reached during ping: \(expected)")
  }

  @Test func `a refused password ends the search, and the servers before it are named`() {
    let script = Script(accepting: [])
    script.set("first", .silent)
    let error = #expect(throws: DatabaseError.self) { try search(script, memory()).run() }
    #expect(error?.servers == nil, "the first server has refused the password")
    script.refuse("first", .tooManyConnections, "1040")
    let other = #expect(throws: DatabaseError.self) { try search(script, memory()).run() }
    #expect(other?.kind == .authenticationFailed)
    #expect(
      other?.servers?.contains("pair:1 (first): the database accepts no more connections (1040)") == true)
  }

  @Test func `the reasons of many servers with many words are bounded`() {
    let failures = (0..<100).map { number in
      (
        server: ServerAddress(host: Endpoint(host: "host-\(number)", port: 1)),
        error: DatabaseError(.connectionRefused, detail: String(repeating: "x", count: 10_000))
      )
    }
    let error = DatabaseError(of: failures)
    for list in [error.detail, error.servers] {
      #expect((list?.utf8.count ?? 0) < 2_100 && list?.hasSuffix(" more") == true)
    }
  }

  @Test func `a refused password ends the search, and while it rotates the other one is tried`() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("password")
    try "old\nnext 1 new\n".write(toFile: file, atomically: true, encoding: .utf8)
    let credential = CredentialSource.file(file, initial: Secret("old"))
    let script = Script(accepting: ["new"])
    script.set("first", .silent)
    #expect(try search(script, memory(credential)).run().connection == "second")
    #expect(script.takeAttempts() == ["first", "first", "second"])

    let stranger = Script(accepting: ["another"])
    #expect(throws: DatabaseError.self) { try search(stranger, memory(credential)).run() }
    #expect(stranger.takeAttempts() == ["first", "first"])
  }

  // MARK: Sessions at a server that was replaced

  private final class Calls: Sendable {
    private let calls = Mutex<[String]>([])
    var all: [String] { calls.withLock { $0 } }
    func add(_ call: String) { calls.withLock { $0.append(call) } }
  }

  private final class Session: HostedConnection {
    private let calls: Calls
    private let name: String
    private var membership: ConnectionGroup.Membership?

    init(_ name: String, _ calls: Calls, _ memory: HostMemory, on loop: EventLoop) {
      self.name = name
      self.calls = calls
      membership = memory.group.add(
        self, to: ServerAddress(host: Endpoint(host: "pair", port: 1), address: name), on: loop)
    }

    func retire(because reason: String) { calls.add("\(name) retires: \(reason)") }
    func abandon(because reason: String) { calls.add("\(name) is abandoned: \(reason)") }
    func expire() { calls.add("\(name) expires") }
    func leave() { membership = nil }
  }

  private func withSession(
    at server: String, of memory: HostMemory,
    _ body: (EventLoop, LoopBound<Session>, Calls) async throws -> Void
  ) async throws {
    let (fixture, calls) = (try LoopFixture(), Calls())
    let loop = fixture.loop
    let session = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<LoopBound<Session>, Never>) in
      loop.execute {
        continuation.resume(returning: LoopBound(Session(server, calls, memory, on: loop), to: loop))
      }
    }
    try await body(loop, session, calls)
  }

  @Test(arguments: [false, true])
  func `the sessions at a former server end, at once where it is silent`(isSilent: Bool) async throws {
    let (script, memory) = (Script(), memory())
    _ = try search(script, memory).run()
    try await withSession(at: "first", of: memory) { _, session, calls in
      script.set("first", isSilent ? .silent : .readOnly("is read-only"))
      #expect(try search(script, memory).run().connection == "second")
      let reason = "was replaced by another server that takes writes"
      let expected =
        isSilent
        ? ["first is abandoned: \(reason)"] : ["first retires: is read-only", "first retires: \(reason)"]
      try await eventually("the session ends") { calls.all == expected }
      withExtendedLifetime(session) {}
    }
  }

  @Test func `a session whose server was replaced while it was made ends`() async throws {
    let (script, memory) = (Script(), memory())
    let found = try search(script, memory).run()
    script.set("first", .silent)
    _ = try search(script, memory).run()
    try await withSession(at: "first", of: memory) { _, session, calls in
      memory.settle(found.server)
      try await eventually("the session retires") { calls.all.count == 1 }
      memory.settle(ServerAddress(host: Endpoint(host: "pair", port: 1), address: "second"))
      #expect(calls.all.count == 1)
      withExtendedLifetime(session) {}
    }
  }

  @Test func `a session that has left the group receives nothing, and does not keep its place`() async throws
  {
    let memory = memory()
    try await withSession(at: "first", of: memory) { loop, session, calls in
      memory.group.expire()
      try await eventually("the session expires") { calls.all == ["first expires"] }
      loop.execute { session.value.leave() }
      try await eventually("the place is free") { memory.group.count == 0 }
      memory.group.expire()
      #expect(calls.all.count == 1)
    }
  }
}
