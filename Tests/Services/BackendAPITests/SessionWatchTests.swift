import Clock
import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import Service
import Synchronization
import TestSupport
import Testing

@testable import backend_api

/// What a service that cannot read the sessions learns of their ends from the event log.
@Suite struct SessionWatchTests {
  typealias Engine = TestEngine

  @Test(arguments: Engine.drivers)
  func `a session that ended is refused after the next reading, and others are not`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let boss = try await backend.signUp("boss@example.org")
      let other = try await backend.principal("boss@example.org")
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      let (first, second) = (try await backend.principal(), try await backend.principal())
      _ = try await backend.sessions.delete(Request(.delete, "/"), Self.context(of: first))
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(first) && !watch.isRevoked(second))
      let present = #""current_password":"correct horse battery""#
      for change in [
        #"{"role":"operator",\#(present)}"#, #"{"active":false,\#(present)}"#,
        #"{"active":true,\#(present)}"#,
        #"{"password":"correct horse battery",\#(present)}"#, #"{"email":"ada@example.net",\#(present)}"#,
      ] {
        let email = try #require(try await backend.userStore.user(id: ada)).email
        let principal = change.contains("true") ? nil : try await backend.principal(email)
        try await watch.round(of: &reader)
        if let principal { #expect(try !watch.isRevoked(principal), "\(change)") }
        _ = try await backend.users.update(
          BackendUnderTest.body(.patch, change),
          backend.caller(boss, role: .operator, ["id": "\(ada)"]))
        try await watch.round(of: &reader)
        if let principal { #expect(try watch.isRevoked(principal), "\(change)") }
        #expect(try watch.isRevoked(second))
      }
      let last = try await backend.principal("ada@example.net")
      _ = try await backend.users.delete(
        BackendUnderTest.body(.delete, BackendUnderTest.departure),
        backend.caller(ada, ["id": "\(ada)"]))
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(last) && !watch.isRevoked(other))
      // A process that starts later knows the same.
      let later = SessionWatch(database: backend.database)
      _ = try await later.begin()
      for principal in [first, second, last] { #expect(try later.isRevoked(principal)) }
      #expect(try !later.isRevoked(other))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token is for one installation, and not for another user with the same id`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      #expect(try !watch.isRevoked(principal))
      // The log of a database that was restored goes on with other events under the same ids.
      let log = EventLog(source: "backend-api", account: "backend-api-rw")
      try await backend.database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Events.delete().where(\.id > 0))
        try await log.append(
          SessionEvents.userCreated, subject: .id(ada), payload: SessionEvents.payload(epoch: "another one"),
          at: .now(), in: transaction)
      }
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(principal))
      try await backend.database.run(Events.delete().where(\.id > 0))
      try await watch.round(of: &reader)
      // Where the engine reports no open transactions, the removed events were not settled yet: they may come again.
      if backend.database.dialect.openWriters != .unknown { #expect(try !watch.isRevoked(principal)) }
      try await backend.database.run(
        SchemaMigrations.update(\.appliedAt <- Timestamp(secondsSinceEpoch: 1)).where(\.version == 1))
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(principal))
      #expect(try await !watch.isRevoked(backend.principal()))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token of a state that the watch has not read yet is believed`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      let old = try await backend.principal()
      _ = try await backend.userStore.update(
        id: ada, UserChanges(email: "ada@example.net"), by: BackendUnderTest.author, at: .now())
      let new = try await backend.principal("ada@example.net")
      #expect(try !watch.isRevoked(new))
      try await watch.round(of: &reader)
      #expect(try !watch.isRevoked(new) && watch.isRevoked(old))
    }
  }

  @Test(arguments: Engine.drivers)
  func `no other service ends a session, and an event without a session ends none`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      try await backend.database.transaction { transaction throws(DatabaseError) in
        try await EventLog(source: "connector", account: "connector-rw").append(
          SessionEvents.userDeleted, subject: .id(ada), at: .now(), in: transaction)
        // As an earlier version wrote them.
        for type in [SessionEvents.sessionRevoked, SessionEvents.userUpdated] {
          try await EventLog(source: "backend-api", account: "backend-api-rw").append(
            type, subject: .id(ada), at: .now(), in: transaction)
        }
      }
      try await watch.round(of: &reader)
      #expect(try !watch.isRevoked(principal))
    }
  }

  /// An engine with one writer has no such transaction: the later insert waits for the earlier one.
  @Test(arguments: Engine.drivers.filter { $0.engine.dialect.openWriters != .none })
  func `an end that commits after a later event was read is not missed`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let principal = try await backend.principal()
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      let log = EventLog(source: "backend-api", account: "backend-api-rw")
      try await backend.database.transaction { transaction throws(DatabaseError) in
        try await log.append(
          SessionEvents.sessionRevoked, subject: .id(ada),
          payload: SessionEvents.payload(session: principal.sessionID), at: .now(), in: transaction)
        // The answer shows that the insert was made.
        _ = try await transaction.count(Users.count())
        do {
          _ = try await backend.signUp("later@example.org")
          for _ in 0..<2 { try await watch.round(of: &reader) }
          #expect(try !watch.isRevoked(principal))
        } catch {
          throw DatabaseError(.other, detail: "\(error)")
        }
      }
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(principal))
    }
  }

  @Test(arguments: Engine.drivers)
  func `an end that its service dated long ago is known to a process that starts later`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let (ended, other) = (try await backend.principal(), try await backend.principal())
      let now = Timestamp.now()
      // More events than one look back has, of two days ago, and of the last hours.
      let longAgo = now.adding(seconds: -48 * 3_600)
      try await Self.append(1, of: ada, at: longAgo, session: other.sessionID, backend)
      try await Self.append(1_200, of: ada, at: longAgo, session: 0, backend)
      try await Self.append(700, of: ada, at: now.adding(seconds: -3_600), session: 0, backend)
      // The clock of one process of backend-api is behind.
      try await Self.append(
        1, of: ada, at: now.adding(seconds: -14 * 3_600), session: ended.sessionID, backend)
      try await Self.append(700, of: ada, at: now, session: 0, backend)
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      for _ in 0..<2 {
        #expect(try watch.isRevoked(ended))
        // What is two days old was not read.
        #expect(try !watch.isRevoked(other))
        try await watch.round(of: &reader)
      }
    }
  }

  private static func append(
    _ count: Int, of user: Int64, at moment: Timestamp, session: Int64, _ backend: BackendUnderTest
  ) async throws {
    let payload = JSONText(#"{"session":\#(session)}"#)
    try await backend.database.run(
      Events.insertMany(
        \.type, \.source, \.subject, \.payload, \.occurredAt,
        rows: (0..<count).map { _ in (SessionEvents.sessionRevoked, "backend-api", "\(user)", payload, moment)
        }))
  }

  @Test func `a watch that has read nothing for a minute answers 503`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      _ = try await backend.signUp()
      let principal = try await backend.principal()
      let time = Time()
      let watch = SessionWatch(
        database: backend.database, nanoseconds: { time.value.withLock { $0 } })
      #expect(throws: Problem.self) { try watch.isRevoked(principal) }
      var reader = try await watch.begin()
      time.value.withLock { $0 += SessionWatch.maximumAgeNanoseconds - 1 }
      #expect(try !watch.isRevoked(principal))
      time.value.withLock { $0 += 1 }
      let problem = #expect(throws: Problem.self) { try watch.isRevoked(principal) }
      #expect(problem?.status == .serviceUnavailable)
      try await watch.round(of: &reader)
      #expect(try !watch.isRevoked(principal))
    }
  }

  private final class Time: Sendable {
    let value = Mutex<UInt64>(1)
  }

  private static func context(of principal: Principal) -> RequestContext {
    RequestContext(requestID: "test", principal: principal)
  }
}
