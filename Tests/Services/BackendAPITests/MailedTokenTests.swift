import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import Synchronization
import TestSupport
import Testing

@testable import backend_api

/// Addresses that are confirmed, and passwords that are set anew, by a token from the mail.
@Suite struct MailedTokenTests {
  typealias Engine = TestEngine

  private static let newPassword = "a second password"

  private static func status(_ backend: BackendUnderTest, reset token: String) async throws -> Status {
    try await BackendUnderTest.status {
      try await backend.mailed.reset(
        BackendUnderTest.post(["token": .string(token), "password": .string(newPassword)]),
        BackendUnderTest.context())
    }
  }

  private static func status(_ backend: BackendUnderTest, confirm token: String) async throws -> Status {
    try await BackendUnderTest.status {
      try await backend.mailed.confirm(
        BackendUnderTest.post(["token": .string(token)]), BackendUnderTest.context())
    }
  }

  private static func forget(
    _ email: String, _ backend: BackendUnderTest, from address: String? = nil
  ) async throws -> Status {
    try await BackendUnderTest.status {
      try await backend.mailed.requestReset(
        BackendUnderTest.post(["email": .string(email)], from: address), BackendUnderTest.context())
    }
  }

  private static func change(
    _ id: Int64, to email: String, _ backend: BackendUnderTest, by caller: Int64? = nil,
    _ role: Role = .member
  ) async throws -> Status {
    let body = #"{"email":"\#(email)","current_password":"correct horse battery"}"#
    return try await BackendUnderTest.status {
      try await backend.users.update(
        BackendUnderTest.body(.patch, body),
        backend.caller(caller ?? id, role: role, ["id": "\(id)"]))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a reset sets the password once, ends every session, and leaves no token in a table`(
    engine: Engine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      #expect(try await Self.forget("Ada@Example.org", backend) == .accepted)
      try await eventually("the message") { !outbox.messages.isEmpty }
      let token = try outbox.token(.resetPassword)
      #expect(outbox.messages[0].to == "ada@example.org")
      let hashes = try await backend.database.all(UserTokens.select(\.tokenHash), as: { $0 })
      #expect(hashes.count == 1 && hashes[0] != token)
      #expect(try await Self.status(backend, confirm: token) == .unprocessableContent)
      #expect(try await !backend.sessionStore.isRevoked(principal))
      #expect(try await Self.status(backend, reset: token) == .noContent)
      #expect(try await Self.status(backend, reset: token) == .unprocessableContent)
      #expect(try await backend.sessionStore.isRevoked(principal))
      #expect(try await backend.signIn() == .unauthorized)
      #expect(try await backend.signIn(password: Self.newPassword) == .created)
      #expect(outbox.messages.last?.kind == .passwordChanged)
      let payloads = try await backend.database.all(
        Events.select(\.payload).where(\.type == "user.updated"), as: { $0.text })
      #expect(payloads.count == 1 && payloads[0].contains("password_reset"))
      #expect(!payloads[0].contains(token) && payloads[0].contains("\"actor\":\(ada)"))
    }
  }

  @Test(arguments: Engine.drivers)
  func `of many requests with one token one sets the password`(engine: Engine) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      _ = try await backend.signUp()
      _ = try await Self.forget("ada@example.org", backend)
      try await eventually("the message") { !outbox.messages.isEmpty }
      let token = try outbox.token(.resetPassword)
      let done = try await withThrowingTaskGroup(of: Status.self) { group in
        for _ in 0..<6 { group.addTask { try await Self.status(backend, reset: token) } }
        return try await group.reduce(into: 0) { $0 += $1 == .noContent ? 1 : 0 }
      }
      #expect(done == 1)
    }
  }

  @Test(arguments: Engine.drivers)
  func `an unknown address gets the same answer as a known one, and the same refusal`(
    engine: Engine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      _ = try await backend.signUp()
      var answers: [String: [Status]] = [:]
      for email in ["ada@example.org", "stranger@example.org"] {
        for _ in 0..<5 {
          answers[email, default: []].append(
            try await Self.forget(email, backend, from: "192.0.2.1"))
        }
      }
      #expect(answers["ada@example.org"] == answers["stranger@example.org"])
      // The fourth is the one attempt of a pause.
      #expect(
        answers["ada@example.org"] == [.accepted, .accepted, .accepted, .accepted, .tooManyRequests])
      try await eventually("the messages") { outbox.messages.count == 4 }
      #expect(outbox.messages.allSatisfy { $0.to == "ada@example.org" })
    }
  }

  @Test(arguments: Engine.drivers)
  func `strangers keep no user from another password, and leave the last token valid`(
    engine: Engine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      // One stranger is refused alone.
      var found: [Status] = []
      for _ in 0..<6 { found.append(try await Self.forget("ada@example.org", backend, from: "192.0.2.1")) }
      #expect(found.last == .tooManyRequests)
      #expect(try await Self.forget("ada@example.org", backend, from: "198.51.100.1") == .accepted)
      try await eventually("the messages") { outbox.messages.count == 5 }
      // Many strangers reach the limit of the address. Each waits: two messages at once may be sent in another order
      // than their tokens are stored.
      for count in 6...Int(MailThrottle.maximumToAddress) {
        #expect(try await Self.forget("ada@example.org", backend, from: "192.0.2.\(count)") == .accepted)
        try await eventually("the next message") { outbox.messages.count == count }
      }
      #expect(try await Self.forget("ada@example.org", backend, from: "192.0.2.200") == .accepted)
      let owner = "198.51.100.2"
      #expect(try await Self.forget("ada@example.org", backend, from: owner) == .accepted)
      // A confirmation has a limit of its own. Its message would come after one for the request before it.
      #expect(try await Self.change(ada, to: "ada@example.org", backend) == .accepted)
      #expect(outbox.messages.count == Int(MailThrottle.maximumToAddress) + 1)
      #expect(outbox.messages.last?.kind == .confirmEmail)
      #expect(try await Self.status(backend, reset: outbox.token(.resetPassword)) == .noContent)
    }
  }

  @Test func `one source asks for few messages, to any address`() async throws {
    try await BackendUnderTest.with(.sqlite, mailer: KeptMail()) { backend in
      var found: [Status] = []
      for number in 0..<22 {
        found.append(try await Self.forget("p\(number)@example.org", backend, from: "192.0.2.1"))
      }
      #expect(found.prefix(20).allSatisfy { $0 == .accepted } && found.last == .tooManyRequests)
      #expect(try await Self.forget("p99@example.org", backend, from: "192.0.2.2") == .accepted)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token expires, is replaced by the next one, and ends with another change of the account`(
    engine: Engine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      func next() async throws -> String {
        let count = outbox.messages.count
        _ = try await Self.forget("ada@example.org", backend, from: "192.0.2.\(count)")
        try await eventually("the message") { outbox.messages.count > count }
        return try outbox.token(.resetPassword)
      }
      let (replaced, expired) = (try await next(), try await next())
      #expect(try await Self.status(backend, reset: replaced) == .unprocessableContent)
      backend.clock.advance(seconds: AccountMail.resetSeconds)
      #expect(try await Self.status(backend, reset: expired) == .unprocessableContent)
      let ended = try await next()
      _ = try await backend.userStore.update(
        id: ada, UserChanges(role: "operator"), by: .service, at: backend.clock.now)
      #expect(try await Self.status(backend, reset: ended) == .unprocessableContent)
      #expect(try await backend.signIn() == .created)
    }
  }

  @Test(arguments: Engine.drivers)
  func `one's own address changes when the mail to it was read, and the address before is notified`(
    engine: Engine
  ) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      #expect(try await Self.change(ada, to: "ada@example.com", backend) == .accepted)
      #expect(try await backend.userStore.user(id: ada)?.email == "ada@example.org")
      #expect(try await !backend.sessionStore.isRevoked(principal))
      #expect(outbox.messages.last?.to == "ada@example.com")
      let token = try outbox.token(.confirmEmail)
      #expect(try await Self.status(backend, reset: token) == .unprocessableContent)
      #expect(try await Self.status(backend, confirm: token) == .noContent)
      #expect(try await Self.status(backend, confirm: token) == .unprocessableContent)
      let user = try await backend.userStore.user(id: ada)
      #expect(user?.email == "ada@example.com" && user?.confirmedAt != nil)
      #expect(try await backend.sessionStore.isRevoked(principal))
      #expect(outbox.messages.last?.kind == .emailChanged && outbox.messages.last?.to == "ada@example.org")
    }
  }

  @Test(arguments: Engine.drivers)
  func `the present address is confirmed without an end of sessions`(engine: Engine) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      #expect(try await Self.change(ada, to: "ada@example.org", backend) == .accepted)
      #expect(try await Self.status(backend, confirm: outbox.token(.confirmEmail)) == .noContent)
      #expect(try await backend.userStore.user(id: ada)?.confirmedAt != nil)
      #expect(try await !backend.sessionStore.isRevoked(principal))
      #expect(outbox.messages.count == 1)
    }
  }

  @Test(arguments: Engine.drivers)
  func `an address that is taken is refused to the reader of its mail alone`(engine: Engine) async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(engine, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      _ = try await backend.signUp("bob@example.org")
      #expect(try await Self.change(ada, to: "bob@example.org", backend) == .accepted)
      #expect(try await Self.change(ada, to: "free@example.org", backend) == .accepted)
      #expect(try await Self.change(ada, to: "bob@example.org", backend) == .accepted)
      #expect(try await Self.status(backend, confirm: outbox.token(.confirmEmail)) == .conflict)
      #expect(try await backend.userStore.user(id: ada)?.email == "ada@example.org")
    }
  }

  @Test func `an operator gives another user an address at once, and confirms the operator's own`()
    async throws
  {
    let outbox = KeptMail()
    try await BackendUnderTest.with(.sqlite, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let boss = try await backend.signUp("boss@example.org")
      #expect(try await Self.change(ada, to: "ada@example.com", backend, by: boss, .operator) == .ok)
      #expect(try await Self.change(boss, to: "boss@example.com", backend, by: boss, .operator) == .accepted)
      #expect(outbox.messages.map(\.to) == ["boss@example.com"])
    }
  }

  @Test func `without an outbox addresses change at once, and the routes say that no mail is sent`()
    async throws
  {
    try await BackendUnderTest.with(.sqlite) { backend in
      let ada = try await backend.signUp()
      #expect(try await Self.change(ada, to: "ada@example.com", backend) == .ok)
      #expect(try await Self.forget("ada@example.com", backend) == .serviceUnavailable)
      #expect(try await Self.status(backend, reset: "t") == .serviceUnavailable)
      #expect(try await Self.status(backend, confirm: "t") == .serviceUnavailable)
    }
  }

  @Test func `work after the answers is bounded`() async throws {
    let work = BackgroundWork(limit: 1)
    let kept = Mutex<[@Sendable () async -> Void]>([])
    try work.begin(with: { body in kept.withLock { $0.append(body) } }) {}
    #expect(throws: Problem.self) { try work.begin(with: { _ in }) {} }
    for body in kept.withLock({ $0 }) { await body() }
    try work.begin(with: { _ in }) {}
  }
}
