import DataAccess
import DatabaseTestSupport
import Glibc
import Runtime
import Schema
import TestSupport
import Testing
import Transport

@testable import Service

@Suite struct StartTests {
  /// The reason why a service over this database does not start.
  private func failure(_ change: (inout StandInDatabase.State) -> Void) async throws -> StartFailure {
    let database = StandInDatabase()
    database.set(change)
    do {
      let service = try await ServiceUnderTest.start(database: database)
      await service.running.stop()
    } catch let failure as StartFailure {
      return failure
    }
    throw SupportError("the service started")
  }

  private func account(
    isSuperuser: Bool = false, bypassesRowSecurity: Bool = false, owned: [String] = []
  ) -> AccountInspection {
    AccountInspection(
      account: "powerful", isSuperuser: isSuperuser, bypassesRowSecurity: bypassesRowSecurity,
      ownedTables: owned)
  }

  @Test func `no service starts as a superuser, with BYPASSRLS, or as the owner of a table`() async throws {
    let cases = [
      (account(isSuperuser: true), "superuser"), (account(bypassesRowSecurity: true), "BYPASSRLS"),
      (account(owned: ["users", "events"]), "owns tables (events, users)"),
    ]
    for (account, words) in cases {
      let failure = try await failure { $0.account = account }
      #expect(failure.exitCode == .configuration)
      #expect(failure.description.contains("powerful") && failure.description.contains(words))
    }
  }

  @Test func `no service starts on an incompatible schema, and the error names both versions`()
    async throws
  {
    let wanted = Schema.currentVersion
    for (version, oldest, word) in [(wanted - 1, wanted - 1, "behind"), (wanted + 1, wanted + 1, "ahead")] {
      let failure = try await failure {
        $0.version = version
        $0.oldestProgram = oldest
      }
      #expect(failure.exitCode == .failure)
      #expect(
        failure.description.contains(
          "schema is \(word): found version \(version), this program needs \(wanted)"))
    }
    #expect(try await failure { $0.version = nil }.description.contains("no schema yet"))
  }

  @Test func `a service starts on a newer schema whose migrations declare it compatible`() async throws {
    let database = StandInDatabase()
    database.set { $0.version = Schema.currentVersion + 2 }
    try await ServiceUnderTest.with(database: database) { service in
      let found = service.log.all.filter { $0.contains("found version \(Schema.currentVersion + 2)") }
      #expect(found.count == 1)
      #expect(found.first?.contains(#""level":"info""#) == true)
      #expect(found.first?.contains("is compatible") == true)
    }
  }

  @Test func `no service starts on a record without the compatible programs`() async throws {
    let failure = try await failure { $0.oldestProgram = nil }
    #expect(failure.exitCode == .failure)
    #expect(failure.description.contains("older tool recorded schema version"))
    #expect(failure.description.contains("run: bulkhead migrate up"))
  }

  @Test(arguments: ["42P05", "26000", "42P01", "42601"])
  func `only a missing column means an older tool, no other invalid statement`(code: String) async throws {
    let failure = try await failure {
      $0.oldestProgram = nil
      $0.codeOfMissingColumn = code
    }
    #expect(!failure.description.contains("older tool"))
    #expect(failure.description.contains(code))
  }

  @Test func `an unreachable database is tried as often as configured`() async throws {
    let database = StandInDatabase()
    database.set { $0.isReachable = false }
    await #expect(throws: StartFailure.self) {
      try await ServiceUnderTest.start(database: database, variables: ["DB_MAX_RETRIES": "3"])
    }
    #expect(database.state.withLock { $0.attempts } == 3)
  }

  @Test func `an address that is taken is named with its variable, for each listener`() async throws {
    try await ServiceUnderTest.with { other in
      let port = other.running.address.port
      for variable in ["HTTP_PORT", "PROBE_PORT"] {
        let failure = await #expect(throws: StartFailure.self) {
          try await ServiceUnderTest.start(variables: [variable: "\(port)"])
        }
        #expect(failure?.exitCode == .failure)
        #expect(failure?.description.hasPrefix("\(variable): bind 127.0.0.1:\(port): ") == true)
        #expect(failure?.description.hasSuffix("another program listens there") == true)
      }
    }
  }

  @Test func `an address that is not this machine's is a configuration error`() {
    for (number, variable) in [(EADDRNOTAVAIL, "HTTP_HOST"), (EACCES, "PROBE_PORT")] {
      let failure = StartFailure(
        binding: SocketError(.bind, errorNumber: number), portVariable: "PROBE_PORT")
      #expect(failure.exitCode == .configuration)
      #expect(failure.description.hasPrefix("\(variable): bind: "))
    }
  }

  @Test func `unusable keys stop the start as a configuration error`() async throws {
    for variables in [
      ["TOKEN_KEY_FILE": "/etc/hostname"], ["TOKEN_KEY_FILE": "", "JWKS_FILE": "/nowhere/jwks.json"],
      ["TOKEN_KEY_FILE": "", "JWKS_FILE": "/etc/hostname"],
    ] {
      let failure = await #expect(throws: StartFailure.self) {
        try await ServiceUnderTest.start(variables: variables)
      }
      #expect(failure?.exitCode == .configuration)
    }
  }
}
