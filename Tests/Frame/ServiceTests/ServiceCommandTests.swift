import DatabaseTestSupport
import Foundation
import Runtime
import TestSupport
import Testing

@testable import Service

@Suite struct ServiceCommandTests {
  private let answers = WrittenLines()
  private let complaints = WrittenLines()

  private func run(_ arguments: String..., variables: [String: String] = [:]) async -> ExitCode {
    let command = ServiceCommand(
      program: "stand-in", environment: { EnvironmentReader(variables: variables) { _ in "" } },
      output: ProgramOutput(answers: answers.sink, complaints: complaints.sink)
    ) { _ in StandInService(database: StandInDatabase()) }
    return await command.run(arguments)
  }

  @Test func `version and help go to standard output`() async {
    #expect(await run("--version") == .success)
    #expect(answers.all == ["stand-in \(ServiceVersion.current)"])
    #expect(await run("--help") == .success)
    #expect(answers.first(containing: "--check-config") != nil)
    #expect(complaints.all == [])
  }

  @Test func `help lists every setting of the services`() {
    let words = Set(ServiceCommand.usage("stand-in").split { !($0.isLetter || $0 == "_") }.map(String.init))
    let ofTheTool: Set = ["ACCESS_MANIFEST", "CREDENTIALS_DIR", "FIRST_PORT"]
    #expect(SettingNames.all.subtracting(ofTheTool).subtracting(words) == [])
  }

  @Test(arguments: ["--nonsense", "start", ""])
  func `an unknown argument is a usage error`(argument: String) async {
    #expect(await run(argument) == .usage)
    #expect(complaints.first(containing: "unknown argument") != nil)
    #expect(answers.all == [])
  }

  @Test func `checking the configuration reports every problem at once`() async {
    let variables = ["DB_POOL_SIZE": "many", "LOG_LEVEL": "loud", "HTTP_TLS_CERT_FILE": "/cert.pem"]
    #expect(await run("--check-config", variables: variables) == .configuration)
    for variable in ["DB_USER", "DB_POOL_SIZE", "LOG_LEVEL", "HTTP_TLS_KEY_FILE", "TOKEN_KEY_FILE"] {
      #expect(complaints.first(containing: "\(variable): ") != nil, "\(variable)")
    }
    #expect(await run(variables: variables) == .configuration)
  }

  @Test func `checking the configuration reports requests that a stop would cut off`() async {
    let variables = ["DB_USER": "a", "TOKEN_KEY_FILE": "/key", "HTTP_REQUEST_TIMEOUT": "30"]
    #expect(await run("--check-config", variables: variables) == .configuration)
    #expect(
      complaints.first(containing: "HTTP_REQUEST_TIMEOUT: must be at most SHUTDOWN_TIMEOUT (20)") != nil)
    let longer = variables.merging(["SHUTDOWN_TIMEOUT": "30"]) { $1 }
    #expect(await run("--check-config", variables: longer) == .success)
  }

  @Test func `a valid configuration is reported as valid`() async {
    #expect(await run("--check-config", variables: ["DB_USER": "a", "TOKEN_KEY_FILE": "/key"]) == .success)
    #expect(answers.all == ["stand-in: the configuration is valid"])
  }

  @Test(arguments: ["garbage", ""])
  func `checking the configuration reads the signing key that exists`(text: String) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key.pem")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let variables = ["DB_USER": "a", "TOKEN_KEY_FILE": path]
    #expect(await run("--check-config", variables: variables) == .configuration)
    #expect(complaints.first(containing: "TOKEN_KEY_FILE: \(path) does not hold 1 to") != nil)
    #expect(
      await run("--check-config", variables: ["DB_USER": "a", "TOKEN_KEY_FILE": "/dev/null"])
        == .configuration)
  }

  @Test(arguments: ["garbage", "{}", nil])
  func `checking the configuration reads the key set`(text: String?) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("jwks.json")
    if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    for path in [path, "/dev/null"] {
      let command = ServiceCommand(
        program: "stand-in",
        environment: { EnvironmentReader(variables: ["DB_USER": "a", "JWKS_FILE": path]) { _ in "" } },
        output: ProgramOutput(answers: answers.sink, complaints: complaints.sink)
      ) { _ in StandInService(tokenKey: .verifying, database: StandInDatabase()) }
      #expect(await command.run(["--check-config"]) == .configuration)
      #expect(complaints.first(containing: "JWKS_FILE: the file ") != nil, "\(complaints.all)")
    }
  }

  @Test func `checking the configuration warns of doubtful settings, and says what is valid all the same`()
    async
  {
    let variables = [
      "DB_USER": "a", "TOKEN_KEY_FILE": "/key", "HTTP_MAX_CONECTIONS": "5",
      "HTTP_TRUSTED_PROXIES": "0.0.0.0/0",
    ]
    #expect(await run("--check-config", variables: variables) == .success)
    #expect(
      complaints.first(containing: "warning: HTTP_MAX_CONECTIONS: ")?.contains("HTTP_MAX_CONNECTIONS") == true
    )
    #expect(
      complaints.first(containing: "warning: HTTP_TRUSTED_PROXIES: 0.0.0.0/0 trusts clients too") != nil)
    #expect(answers.all == ["stand-in: the configuration is valid"])
  }

  @Test func `an engine that the program does not support is a configuration error`() async {
    let variables = [
      "DB_TYPE": "mysql", "DB_USER": "a", "DB_PASS": "b", "CACHE_TYPE": "memory", "TOKEN_KEY_FILE": "/key",
    ]
    #expect(await run("--check-config", variables: variables) == .configuration)
    #expect(complaints.first(containing: "DB_TYPE: must be one of sqlite") != nil)
  }

  @Test func `health reports the running service's readiness`() async throws {
    let variables = ["DB_USER": "a", "TOKEN_KEY_FILE": "/key"]
    try await ServiceUnderTest.with { service in
      let port = "\(service.running.address.port)"
      #expect(
        await run("health", variables: variables.merging(["HTTP_PORT": port, "HTTP_HOST": "0.0.0.0"]) { $1 })
          == .success)
      #expect(answers.first(containing: #""status":"ready""#) != nil)
    }
    #expect(await run("health", variables: variables.merging(["HTTP_PORT": "1"]) { $1 }) == .failure)
    #expect(complaints.first(containing: "does not answer") != nil)
  }
}
