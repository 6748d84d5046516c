import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import MariaDBAdministration

/// A rotation under statements of the account: on MySQL, which keeps two passwords, and on MariaDB, which keeps one.
@Suite(.serialized) struct MariaDBRotationTests {
  private static let account = "analytics-ro"

  /// The statements that run meanwhile.
  private final class Load: Sendable {
    let isDone = Atomic(false)
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
            while !load.isDone.load(ordering: .relaxed) {
              _ = try await service.unsafeQuery(
                unsafeSQL: "SELECT count(*), sleep(0.01) FROM rollups", label: "count", isRead: true)
              load.count.add(1, ordering: .relaxed)
            }
          }
        }
        group.addTask {
          defer { load.isDone.store(true, ordering: .relaxed) }
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

  /// One step at a time. Between them, the fleet matches the manifest.
  private static func rotate(_ fleet: MariaDBFleet, while service: Database) async throws {
    let passwords = try await fleet.passwords()
    #expect(passwords.keepsTwo == MariaDBServer.hasMySQL)
    #expect(passwords.name == (MariaDBServer.hasMySQL ? "MySQL" : "MariaDB"))
    let rotation = PasswordRotation(
      passwords, store: fleet.credentials, limits: .init(deliverySeconds: 0, drainSeconds: 60),
      time: .init(
        seconds: { 0 }, sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) }),
      progress: { _ in })
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

  @Test(.enabled(if: MariaDBServer.hasMySQL))
  func `a server with two passwords gets exactly those that are wanted, from every state`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let passwords = try await fleet.passwords()
      let all = ["one", "two", "three"]
      for wanted in [
        ["one"], ["one", "two"], ["two", "one"], ["two"], ["three", "one"], ["one", "three"], ["two"],
      ] {
        try await passwords.set(wanted.map { Secret($0) }, of: Self.account)
        for password in all {
          let response = try await passwords.response(to: Secret(password), of: Self.account)
          #expect(response == (wanted.contains(password) ? .accepted : .refused), "\(wanted): \(password)")
        }
      }
      await #expect(throws: AccessError.self) {
        try await passwords.set(all.map { Secret($0) }, of: Self.account)
      }
    }
  }
}

/// The statements for two passwords, without a server.
@Suite struct TwoPasswordsTests {
  private static let scheme = PasswordScheme(
    plugin: "plain", verifier: { "of \($0)" }, accepts: { $0 == "of \($1)" }, unusable: "",
    clause: { "AS \($0)" })

  @Test(
    arguments: [
      ("a", "", ["a"], []), ("a", "", ["b"], ["AS 'of b'"]),
      ("a", "b", ["a"], ["DISCARD OLD PASSWORD"]), ("a", "b", ["b"], ["AS 'of b'", "DISCARD OLD PASSWORD"]),
      ("a", "", ["a", "b"], ["AS 'of b' RETAIN CURRENT PASSWORD"]),
      ("b", "a", ["a", "b"], []), ("a", "b", ["a", "b"], []),
      ("a", "x", ["a", "b"], ["AS 'of b' RETAIN CURRENT PASSWORD"]),
      ("x", "b", ["a", "b"], ["AS 'of b'", "AS 'of a' RETAIN CURRENT PASSWORD"]),
      ("x", "y", ["a", "b"], ["AS 'of a'", "AS 'of b' RETAIN CURRENT PASSWORD"]),
      ("x", "x", ["a"], ["AS 'of a'", "DISCARD OLD PASSWORD"]),
    ] as [(String, String, [String], [String])])
  func `the fewest changes lead to the wanted passwords, and none is refused between them`(
    _ first: String, _ second: String, _ wanted: [String], _ expected: [String]
  ) {
    let stored = TwoPasswords(first: "of \(first)", second: second.isEmpty ? "" : "of \(second)")
    #expect(stored.clauses(for: wanted, by: Self.scheme) == expected)
  }
}
