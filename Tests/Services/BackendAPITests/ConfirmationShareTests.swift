import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import TestSupport
import Testing
import Transport

@testable import backend_api

/// Messages that confirm one address, for which several users ask.
@Suite struct ConfirmationShareTests {
  private static let address = "new@example.org"

  /// Asks for a confirmation as a user does, from an address of the network.
  private static func change(
    _ id: Int64, _ backend: BackendUnderTest, from address: String
  ) async throws -> Response {
    let body = #"{"email":"\#(Self.address)","current_password":"correct horse battery"}"#
    let request = try Request(
      .patch, "/", headers: ["Content-Type": "application/json"], body: Array(body.utf8),
      remoteAddress: address)
    return try await backend.users.update(request, backend.caller(id, ["id": "\(id)"]))
  }

  private static func status(
    _ id: Int64, _ backend: BackendUnderTest, from address: String
  ) async throws -> Status {
    try await BackendUnderTest.status { try await change(id, backend, from: address) }
  }

  @Test func `strangers that ask for an address keep no user from confirming it`() async throws {
    let outbox = KeptMail()
    try await BackendUnderTest.with(.sqlite, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      for number in 0..<5 {
        let source = "192.0.2.\(number)"
        let stranger = try await backend.signUp("s\(number)@example.org", from: source)
        for _ in 0..<3 { _ = try await Self.status(stranger, backend, from: source) }
      }
      let before = outbox.messages.count
      #expect(try await Self.status(ada, backend, from: "198.51.100.7") == .accepted)
      #expect(outbox.messages.count == before + 1)
      let token = try outbox.token(.confirmEmail)
      let confirmed = try await BackendUnderTest.status {
        try await backend.mailed.confirm(
          BackendUnderTest.post(["token": .string(token)]), BackendUnderTest.context())
      }
      #expect(confirmed == .noContent)
      #expect(try await backend.userStore.user(id: ada)?.email == Self.address)
    }
  }

  @Test func `where others keep a message from being sent, the user gets 429, and nothing is changed`()
    async throws
  {
    let outbox = KeptMail()
    try await BackendUnderTest.with(.sqlite, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      let throttle = try #require(backend.mailed.mail?.throttle)
      for number in 0..<MailThrottle.maximumUsersToAddress {
        try await throttle.checkConfirmation(
          of: Self.address, by: 1_000 + number, from: ClientSource("192.0.2.\(number)"))
      }
      let problem = await #expect(throws: Problem.self) {
        try await Self.change(ada, backend, from: "198.51.100.7")
      }
      #expect(problem?.status == .tooManyRequests)
      #expect(problem?.headers.contains { $0.name == "Retry-After" } == true)
      #expect(outbox.messages.isEmpty)
      #expect(try await backend.database.count(UserTokens.count()) == 0)
    }
  }

  @Test func `a user has three messages to an address, and those behind the first share the address's limit`()
    async throws
  {
    try await BackendUnderTest.with(.sqlite, mailer: KeptMail()) { backend in
      let throttle = try #require(backend.mailed.mail?.throttle)
      func sent(_ user: Int64, _ number: Int) async throws -> Bool {
        do {
          try await throttle.checkConfirmation(
            of: Self.address, by: user, from: ClientSource("192.0.2.\(number)"))
          return true
        } catch {
          return false
        }
      }
      var ofOne: [Bool] = []
      for number in 0..<4 { ofOne.append(try await sent(1, number)) }
      #expect(ofOne == [true, true, true, false])
      var further = 0
      for user in Int64(2)...10 {
        #expect(try await sent(user, Int(user) * 3 + 10))
        for step in 1...2 { further += try await sent(user, Int(user) * 3 + 10 + step) ? 1 : 0 }
      }
      #expect(further == Int(MailThrottle.maximumToAddress) - 2)
    }
  }

  @Test func `the networks of one IPv6 site ask for few messages to one address`() async throws {
    try await BackendUnderTest.with(.sqlite, mailer: KeptMail()) { backend in
      let throttle = try #require(backend.mailed.mail?.throttle)
      for number in 0..<MailThrottle.maximumOfSiteToAddress {
        _ = try await throttle.checkReset(
          of: Self.address, from: ClientSource("2001:db8:1:\(number)::1"))
      }
      // The next one is the attempt of the pause.
      _ = try await throttle.checkReset(of: Self.address, from: ClientSource("2001:db8:1:a::1"))
      await #expect(throws: Problem.self) {
        try await throttle.checkReset(of: Self.address, from: ClientSource("2001:db8:1:b::1"))
      }
      _ = try await throttle.checkReset(of: Self.address, from: ClientSource("2001:db8:2::1"))
    }
  }
}
