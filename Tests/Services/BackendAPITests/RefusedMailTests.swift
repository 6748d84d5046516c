import DataAccess
import DatabaseTestSupport
import Foundation
import HTTP
import JSON
import Routing
import Schema
import TestSupport
import Testing

@testable import backend_api

/// What happens to a change whose message is not taken.
@Suite struct RefusedMailTests {
  private static let newPassword = "a second password"
  private static let change =
    #"{"email":"ada@example.com","password":"\#(newPassword)","current_password":"\#(BackendUnderTest.password)"}"#

  private static func change(_ backend: BackendUnderTest, _ id: Int64) async throws -> Status {
    try await BackendUnderTest.status {
      try await backend.users.update(
        BackendUnderTest.body(.patch, change), backend.caller(id, ["id": "\(id)"]))
    }
  }

  private static func tokenCount(_ backend: BackendUnderTest) async throws -> Int {
    try await backend.database.count(UserTokens.count())
  }

  @Test func `a full outbox refuses a change before it is made`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    try #require(
      FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]))
    try #require(truncate(path, Int(OutboxFile.maximumBytes)) == 0)
    try await BackendUnderTest.with(.sqlite, mailer: OutboxFile(path: path)) { backend in
      let ada = try await backend.signUp()
      // More often than messages to one address are allowed: refused ones do not count.
      for _ in 0..<6 { #expect(try await Self.change(backend, ada) == .serviceUnavailable) }
      #expect(try await backend.signIn() == .created)
      #expect(try await Self.tokenCount(backend) == 0)
      try #require(truncate(path, 0) == 0)
      #expect(try await Self.change(backend, ada) == .accepted)
      #expect(try await backend.signIn(password: Self.newPassword) == .created)
      #expect(try String(contentsOfFile: path, encoding: .utf8).contains("confirm_email"))
    }
  }

  @Test func `a change that is made is accepted although its message is lost`() async throws {
    let folder = try TemporaryFolder()
    var outbox = OutboxFile(path: folder.file("outbox.jsonl"))
    outbox.writing = { _, _ in
      errno = ENOSPC
      return -1
    }
    try await BackendUnderTest.with(.sqlite, mailer: outbox) { backend in
      let ada = try await backend.signUp()
      #expect(try await Self.change(backend, ada) == .accepted)
      #expect(try await backend.signIn(password: Self.newPassword) == .created)
    }
  }

  @Test func `a token that cannot be sent replaces none that its user has`() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("outbox.jsonl")
    try await BackendUnderTest.with(.sqlite, mailer: OutboxFile(path: path)) { backend in
      _ = try await backend.signUp()
      let mail = try #require(backend.mailed.mail)
      await mail.reset("ada@example.org", by: BackendUnderTest.author)
      let line = try Array(String(contentsOfFile: path, encoding: .utf8).utf8)
      let token = try #require(try JSONCoding.decode(JSONValue.self, from: line)["token"])
      try #require(truncate(path, Int(OutboxFile.maximumBytes)) == 0)
      await mail.reset("ada@example.org", by: BackendUnderTest.author)
      #expect(try await Self.tokenCount(backend) == 1)
      let status = try await BackendUnderTest.status {
        try await backend.mailed.reset(
          BackendUnderTest.post(["token": token, "password": .string(Self.newPassword)]),
          BackendUnderTest.context())
      }
      #expect(status == .noContent)
    }
  }
}
