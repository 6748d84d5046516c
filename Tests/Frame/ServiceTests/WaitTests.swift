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

  @Test func `a database that is fit to be used is not waited for`() async {
    #expect(await run() == .success)
    #expect(answers.all == ["stand-in: the database and its schema are there"])
  }

  @Test func `a database that starts later is waited for`() async throws {
    database.set { $0.isReachable = false }
    async let code = run()
    try await eventually("it tried three times") { [database] in database.state.withLock { $0.attempts } >= 3
    }
    database.comeBack()
    #expect(await code == .success)
  }

  @Test(arguments: [nil, Schema.currentVersion - 1])
  func `a schema that is migrated later is waited for`(version: Int?) async throws {
    database.set { $0.version = version }
    async let code = run()
    try await eventually("it looked twice") { [database] in database.state.withLock { $0.attempts } >= 4 }
    database.set { $0.version = Schema.currentVersion }
    #expect(await code == .success)
    #expect(complaints.first(containing: "bulkhead migrate up") != nil, "it says what it waits for")
  }

  @Test func `a schema that went ahead and can be lived with is not waited for`() async {
    database.set { $0.version = Schema.currentVersion + 1 }
    #expect(await run() == .success)
    #expect(complaints.first(containing: "can live with it") != nil, "it says what it found")
  }

  @Test func `a record that does not say who can live with the schema is waited for`() async throws {
    database.set { $0.oldestProgram = nil }
    async let code = run()
    try await eventually("it looked twice") { [database] in database.state.withLock { $0.attempts } >= 4 }
    database.set { $0.oldestProgram = Schema.currentVersion }
    #expect(await code == .success)
    #expect(complaints.first(containing: "recorded by an older tool") != nil)
  }

  @Test func `a schema that went ahead of what the program can live with is not waited for`() async {
    database.set {
      $0.version = Schema.currentVersion + 1
      $0.oldestProgram = Schema.currentVersion + 1
    }
    #expect(await run() == .failure)
    #expect(complaints.first(containing: "the schema is ahead") != nil)
  }

  @Test func `an account that is too mighty is a wrong configuration at once`() async {
    database.set {
      $0.account = AccountInspection(
        account: "mighty", isSuperuser: true, bypassesRowSecurity: false, ownedTables: [])
    }
    #expect(await run() == .configuration)
    #expect(complaints.first(containing: "mighty is a superuser") != nil)
  }

  @Test func `the wait has an end`() async {
    database.set { $0.isReachable = false }
    #expect(await run("--timeout", "1") == .failure)
    #expect(complaints.first(containing: "not fit to be used within 1 s") != nil)
    #expect(answers.all == [])
  }

  @Test(arguments: [
    ["--timeout"], ["--timeout", "0"], ["--timeout", "soon"], ["--forever"], ["--timeout", "1", "2"],
  ])
  func `a wait that is asked for wrongly is wrong usage`(arguments: [String]) async {
    let command = ServiceCommand(
      program: "stand-in", environment: { EnvironmentReader(variables: [:]) { _ in "" } },
      output: ProgramOutput(answers: answers.sink, complaints: complaints.sink), endingSignals: []
    ) { [database] _ in StandInService(database: database) }
    #expect(await command.run(["wait"] + arguments) == .usage)
  }
}
