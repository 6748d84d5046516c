import Clock
import DatabaseTestSupport
import HTTP
import HTTPClient
import Identity
import JSON
import Logging
import Routing
import Runtime
import Schema
import Synchronization
import TestSupport

@testable import Service

/// A running service over a stand-in database, with its log.
final class ServiceUnderTest: Sendable {
  let database: StandInDatabase
  let definition: StandInService
  let running: RunningService
  let log: WrittenLines
  private let folder: TemporaryFolder

  private init(
    definition: StandInService, running: RunningService, log: WrittenLines, folder: TemporaryFolder
  ) {
    database = definition.database
    self.definition = definition
    self.running = running
    self.log = log
    self.folder = folder
  }

  /// Starts the service; `variables` override an embedded configuration on a free port.
  static func start(
    database: StandInDatabase = StandInDatabase(), variables: [String: String] = [:]
  ) async throws -> ServiceUnderTest {
    let folder = try TemporaryFolder()
    let all = standard(in: folder).merging(variables) { $1 }
    let definition = StandInService(
      tokenKey: all["TOKEN_KEY_FILE"]?.isEmpty == false ? .signing : .verifying, database: database)
    let setup = try ServiceSetup(reading: EnvironmentReader(variables: all) { _ in "" }) { _ in definition }
    let log = WrittenLines()
    let logger = Logger.program(definition.name, settings: setup.configuration.log, sink: log.sink)
    let running = try await RunningService.start(
      definition, setup.configuration, logger: logger, sink: log.sink, loopCount: 2)
    return ServiceUnderTest(definition: definition, running: running, log: log, folder: folder)
  }

  /// Starts the service, passes it to the body, and always stops it.
  static func with(
    database: StandInDatabase = StandInDatabase(), variables: [String: String] = [:],
    _ body: (ServiceUnderTest) async throws -> Void
  ) async throws {
    let service = try await start(database: database, variables: variables)
    do {
      try await body(service)
    } catch {
      await service.running.stop()
      throw error
    }
    await service.running.stop()
  }

  private static func standard(in folder: TemporaryFolder) -> [String: String] {
    [
      "DB_USER": "stand-in", "CACHE_USER": "stand-in-cache", "DB_MAX_RETRIES": "1", "HTTP_PORT": "0",
      "TOKEN_KEY_FILE": folder.file("key.pem"),
      "LOG_FORMAT": "json", "DB_RETRY_DELAY": "0",
    ]
  }

  var address: String { "http://127.0.0.1:\(running.address.port)" }

  func get(_ path: String, token: String? = nil) async throws -> Response {
    var headers = Headers()
    if let token { headers.set("Authorization", "Bearer \(token)") }
    return try await HTTPClient.send(
      .get, address + path, headers: headers, timeoutMilliseconds: Patience.milliseconds)
  }

  func json(_ path: String, token: String? = nil) async throws -> JSONValue {
    try JSONCoding.decode(JSONValue.self, from: try await get(path, token: token).body)
  }

  /// A token like the service's own.
  func token(user: Int64 = 7, session: Int64 = 1) throws -> String {
    let issuer = TokenIssuer(privateKey: try KeyFile.load(folder.file("key.pem")).signing)
    return issuer.issue(
      userID: user, sessionID: session, role: .member,
      binding: TokenBinding(installation: "ours", epoch: "first"), lifetimeSeconds: 600,
      now: Timestamp.now().secondsSinceEpoch)
  }
}

/// The lines of a log.
final class WrittenLines: Sendable {
  private let text = Mutex("")

  var sink: LogSink {
    LogSink { bytes in self.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
  }

  var all: [String] { text.withLock { $0.split(separator: "\n").map(String.init) } }

  func first(containing part: String) -> String? { all.first { $0.contains(part) } }
}
