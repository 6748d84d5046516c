import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import MariaDBAdministration

/// A rotation under statements of the account.
@Suite(.serialized) struct MariaDBRotationTests {
  private static let account = "analytics-ro"

  /// The statements that run meanwhile.
  private final class Load: Sendable {
    let end = StopFlag()
    let count = Atomic(0)
  }

  @Test func `no statement fails while a password rotates, and the server refuses the former one`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let former = try fleet.credentials.password(of: Self.account)
      let service = try fleet.service(as: Self.account, size: 3)
      let load = Load()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask {
            while !load.end.isSet {
              _ = try await service.unsafeQuery(
                unsafeSQL: "SELECT count(*), sleep(0.01) FROM rollups", label: "count", isRead: true)
              load.count.add(1, ordering: .relaxed)
            }
          }
        }
        group.addTask {
          defer { load.end.set() }
          try await Self.rotate(fleet, while: service)
        }
        try await group.waitForAll()
      }
      await service.close()
      #expect(load.count.load(ordering: .relaxed) > 10)
      let passwords = try await fleet.passwords()
      #expect(try await passwords.response(to: former, of: Self.account) == .refused)
      #expect(try fleet.credentials.password(of: Self.account) != former)
      #expect(try await fleet.deviations() == [])
    }
  }

  private static func rotation(
    of passwords: any AccountPasswords, in fleet: MariaDBFleet, drainSeconds: Int
  ) -> PasswordRotation {
    PasswordRotation(
      passwords, store: fleet.credentials, limits: .init(deliverySeconds: 0, drainSeconds: drainSeconds),
      time: .init(
        seconds: { 0 }, sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) }),
      progress: { _ in })
  }

  /// One step at a time. Between them, the fleet matches the manifest.
  private static func rotate(_ fleet: MariaDBFleet, while service: Database) async throws {
    let passwords = try await fleet.passwords()
    #expect(passwords.name == (MariaDBServer.hasMySQL ? "MySQL" : "MariaDB"))
    let rotation = Self.rotation(of: passwords, in: fleet, drainSeconds: 60)
    var steps = 0
    repeat {
      steps += 1
      // A new session at each state of the file.
      let fresh = try fleet.service(as: account, size: 1)
      _ = try await fresh.unsafeQuery(unsafeSQL: "SELECT 1", label: "sign in", isRead: true)
      await fresh.close()
      #expect(try await fleet.deviations() == [])
    } while try await rotation.run([account], .oneStep) != []
    #expect(steps == 3)
  }

  @Test func `a session that the former password opened between the steps does not outlive the rotation`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let former = try fleet.credentials.password(of: Self.account)
      let passwords = try await fleet.passwords()
      let rotation = Self.rotation(of: passwords, in: fleet, drainSeconds: 0)
      #expect(try await rotation.run([Self.account], .oneStep) == [Self.account])
      #expect(try await passwords.response(to: former, of: Self.account) == .accepted)
      try await fleet.withSession(as: Self.account, on: 0) { held in
        try await held.run("SELECT 1")
        #expect(try await rotation.run([Self.account], .oneStep) == [Self.account])
        // From the moment on by which the last step finds the sessions, no new one of that password begins.
        #expect(try await passwords.response(to: former, of: Self.account) == .refused)
        try await fleet.withSession(as: Self.account, on: 0) { new in
          #expect(try await rotation.run([Self.account], .oneStep) == [])
          await #expect(throws: (any Error).self) { _ = try await held.run("SELECT 1") }
          try await new.run("SELECT 1")
        }
      }
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `a full server promotes no password that it did not get`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let former = try fleet.credentials.password(of: Self.account)
      let passwords = try await fleet.passwords()
      let rotation = Self.rotation(of: passwords, in: fleet, drainSeconds: 0)
      #expect(try await rotation.run([Self.account], .oneStep) == [Self.account])
      try await fleet.whileFull {
        await #expect(throws: AccessError.self) { try await rotation.run([Self.account], .oneStep) }
      }
      let left = try fleet.credentials.content(of: Self.account)
      guard left.current == former, case .next(let next, _) = left.other else {
        Issue.record("the file promises a password that no login has shown")
        return
      }
      #expect(try await rotation.run([Self.account], .toTheEnd) == [])
      #expect(try await passwords.response(to: next, of: Self.account) == .accepted)
      #expect(try await passwords.response(to: former, of: Self.account) == .refused)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `an account at its own limit shows that its password is right`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let passwords = try await fleet.passwords()
      let present = try fleet.credentials.password(of: Self.account)
      try await fleet.asSuperuser("ALTER USER `analytics-ro`@`%` WITH MAX_USER_CONNECTIONS 1")
      try await fleet.withSession(as: Self.account, on: 0) { held in
        try await held.run("SELECT 1")
        #expect(try await passwords.response(to: present, of: Self.account) == .accepted)
        #expect(try await passwords.response(to: Secret("another"), of: Self.account) == .refused)
      }
    }
  }

  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `a rotation removes a second password, which a session could have begun with`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let passwords = try await fleet.passwords()
      let grantee = MariaDBGrantee(user: Self.account).sql
      for round in 0..<2 {
        // MySQL keeps the present password as the second one.
        let other = Secret("a password set by hand \(round)")
        try await fleet.asSuperuser(
          "ALTER USER \(grantee) IDENTIFIED BY '\(other.reveal())' RETAIN CURRENT PASSWORD")
        let present = try fleet.credentials.password(of: Self.account)
        for password in [other, present] {
          #expect(try await passwords.response(to: password, of: Self.account) == .accepted)
        }
        let rotation = Self.rotation(of: passwords, in: fleet, drainSeconds: 0)
        #expect(try await rotation.run([Self.account], .toTheEnd) == [])
        for password in [other, present] {
          #expect(try await passwords.response(to: password, of: Self.account) == .refused)
        }
        #expect(try await fleet.deviations() == [])
      }
    }
  }
}
