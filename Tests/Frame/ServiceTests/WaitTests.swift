import DataAccess
import DatabaseTestSupport
import Runtime
import Schema
import TestSupport
import Testing

@testable import Service

/// `PROGRAM wait`, as an init container runs it.
@Suite struct WaitTests {
  private let database = StandInDatabase()
  private let answers = WrittenLines()
  private let complaints = WrittenLines()

  private func run(_ arguments: String...) async -> ExitCode {
    let variables = ["DB_USER": "a", "TOKEN_KEY_FILE": "/key", "DB_RETRY_DELAY": "0", "LOG_FORMAT": "json"]
    let command = ServiceCommand(
      program: "stand-in", environment: { EnvironmentReader(variables: variables) { _ in "" } },
      output: ProgramOutput(answers: answers.sink, complaints: complaints.sink), endingSignals: []
    ) { [database] _ in StandInService(database: database) }
    return await command.run(["wait"] + arguments)
  }

  @Test func `wait ends at once when the database is ready`() async {
    #expect(await run() == .success)
    #expect(answers.all == ["stand-in: the database and its schema are ready"])
  }

  @Test func `wait continues until the database starts`() async throws {
    database.set { $0.isReachable = false }
    async let code = run()
    try await eventually("three attempts") { [database] in database.state.withLock { $0.attempts } >= 3
    }
    database.comeBack()
    #expect(await code == .success)
  }

  @Test(arguments: [nil, Schema.currentVersion - 1])
  func `wait continues until the schema is migrated`(version: Int?) async throws {
    database.set { $0.version = version }
    async let code = run()
    try await eventually("two checks") { [database] in database.state.withLock { $0.attempts } >= 4 }
    database.set { $0.version = Schema.currentVersion }
    #expect(await code == .success)
    #expect(complaints.first(containing: "bulkhead migrate up") != nil, "the log names the remedy")
  }

  @Test func `wait ends at once on a newer compatible schema`() async {
    database.set { $0.version = Schema.currentVersion + 1 }
    #expect(await run() == .success)
    #expect(complaints.first(containing: "is compatible") != nil, "the log names the found version")
  }

  @Test func `wait continues on a record without the compatible programs`() async throws {
    database.set { $0.oldestProgram = nil }
    async let code = run()
    try await eventually("two checks") { [database] in database.state.withLock { $0.attempts } >= 4 }
    database.set { $0.oldestProgram = Schema.currentVersion }
    #expect(await code == .success)
    #expect(complaints.first(containing: "older tool recorded schema version") != nil)
  }

  @Test func `wait fails at once on a newer incompatible schema`() async {
    database.set {
      $0.version = Schema.currentVersion + 1
      $0.oldestProgram = Schema.currentVersion + 1
    }
    #expect(await run() == .failure)
    #expect(complaints.first(containing: "the schema is ahead") != nil)
  }

  @Test func `an account with too many rights fails at once as a configuration error`() async {
    database.set {
      $0.account = AccountInspection(
        account: "powerful", isSuperuser: true, bypassesRowSecurity: false, ownedTables: [])
    }
    #expect(await run() == .configuration)
    #expect(complaints.first(containing: "powerful is a superuser") != nil)
  }

  @Test func `wait fails when its time is over`() async {
    database.set { $0.isReachable = false }
    #expect(await run("--timeout", "1") == .failure)
    #expect(complaints.first(containing: "not ready within 1 s") != nil)
    #expect(answers.all == [])
  }

  @Test(arguments: [
    ["--timeout"], ["--timeout", "0"], ["--timeout", "soon"], ["--forever"], ["--timeout", "1", "2"],
  ])
  func `wait with a wrong argument is a usage error`(arguments: [String]) async {
    let command = ServiceCommand(
      program: "stand-in", environment: { EnvironmentReader(variables: [:]) { _ in "" } },
      output: ProgramOutput(answers: answers.sink, complaints: complaints.sink), endingSignals: []
    ) { [database] _ in StandInService(database: database) }
    #expect(await command.run(["wait"] + arguments) == .usage)
  }
}
