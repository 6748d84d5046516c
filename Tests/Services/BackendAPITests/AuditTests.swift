import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import TestSupport
import Testing

@testable import backend_api

/// What the audit log says about the changes of backend-api.
@Suite struct AuditTests {
  private struct Row: Sendable, Equatable {
    let actor: Int64?
    let role: String?
    let address: String?
    let request: String?
    let action: String
    let object: String
    let fields: String
  }

  private static func rows(_ backend: BackendUnderTest) async throws -> [Row] {
    try await backend.database.all(
      AuditLog.select(\.actorID, \.actorRole, \.address, \.requestID, \.action, \.object, \.fields)
        .where(\.source == "backend-api" && \.account == "backend-api-rw").orderBy(\.id)
    ) {
      Row(
        actor: $0, role: $1, address: $2, request: $3, action: $4, object: $5, fields: $6.text)
    }
  }

  private static func body(_ method: HTTP.Method, _ json: String, from address: String) throws -> Request {
    try Request(
      method, "/", headers: ["Content-Type": "application/json"], body: Array(json.utf8),
      remoteAddress: address)
  }

  @Test(arguments: TestEngine.drivers)
  func `a row says who did what to which object from where, and no value`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp(from: "192.0.2.1")
      let boss = try await backend.signUp("boss@example.org")
      let session = try await backend.principal().sessionID
      _ = try await backend.users.update(
        Self.body(
          .patch, #"{"password":"a second password","current_password":"correct horse battery"}"#,
          from: "192.0.2.9"),
        backend.caller(boss, role: .operator, ["id": "\(ada)"]))
      _ = try await backend.settings.put(
        Self.body(.put, #"{"value":"very dark"}"#, from: "192.0.2.1"),
        BackendUnderTest.context(ada, ["name": "theme"]))
      let rows = try await Self.rows(backend)
      #expect(
        rows == [
          Row(
            actor: nil, role: nil, address: "192.0.2.1", request: "test", action: "user.created",
            object: "user/\(ada)", fields: "[]"),
          Row(
            actor: nil, role: nil, address: nil, request: "test", action: "user.created",
            object: "user/\(boss)", fields: "[]"),
          Row(
            actor: ada, role: nil, address: nil, request: "test", action: "session.created",
            object: "session/\(session)", fields: "[]"),
          Row(
            actor: boss, role: "operator", address: "192.0.2.9", request: "test", action: "user.updated",
            object: "user/\(ada)", fields: #"["password"]"#),
          Row(
            actor: ada, role: "member", address: "192.0.2.1", request: "test", action: "setting.changed",
            object: "setting/theme", fields: "[]"),
        ])
      let setting = try await backend.database.all(
        Events.select(\.payload).where(\.type == "setting.changed"), as: { $0.text })
      #expect(setting.count == 1 && setting[0].contains("\"actor\":\(ada)"))
      #expect(!setting[0].contains("192.0.2.1"))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a change that is rolled back leaves neither an event nor a row`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let before = try await Self.rows(backend)
      let log = EventLog(source: "backend-api", account: "backend-api-rw")
      await #expect(throws: DatabaseError.self) {
        try await backend.database.transaction { transaction throws(DatabaseError) in
          try await log.append("user.updated", subject: .id(1), at: .now(), in: transaction)
          _ = try await transaction.count(Users.count())
          throw DatabaseError(.other, detail: "changed its mind")
        }
      }
      #expect(try await Self.rows(backend) == before)
      #expect(try await backend.eventTypes().count == before.count)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `what is longer than a column is cut, and what is relayed leaves no row`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let long = String(repeating: "ü", count: 300)
      let log = EventLog(source: "backend-api", account: "backend-api-rw")
      let author = EventAuthor(RequestContext(requestID: long), address: long)
      try await backend.database.transaction { transaction throws(DatabaseError) in
        try await log.append(
          "thing.changed", subject: .name("x"), by: author, object: "thing/\(long)", at: .now(),
          in: transaction)
        try await log.relay(
          "twitch.stream", subject: .name("x"), payload: .emptyObject, at: .now(), in: transaction)
      }
      let rows = try await Self.rows(backend)
      #expect(rows.count == 1 && rows[0].address?.count == 64 && rows[0].request?.count == 128)
      #expect(rows[0].object.count == 128)
    }
  }
}
