import Foundation
import HTTP
import HTTPClient
import JSON

/// A whole fleet in a folder of its own, started by `bulkhead up` as a user would.
final class FleetUnderTest: Sendable {
  let engine: Engine
  let folder: URL
  let servers: ServersUnderTest?
  let firstPort: Int
  let up: Started

  private init(engine: Engine, folder: URL, servers: ServersUnderTest?, firstPort: Int) throws {
    self.engine = engine
    self.folder = folder
    self.servers = servers
    self.firstPort = firstPort
    up = try Started(
      Program.named("bulkhead"), ["up", "--first-port", "\(firstPort)"],
      environment: Self.environment(servers, folder).merging(["ROLLUP_INTERVAL": "1"]) { $1 }, in: folder)
  }

  static func start(_ engine: Engine) async throws -> FleetUnderTest {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // The servers run as an unprivileged user, who must be able to reach their folders.
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
    let servers = engine == .servers ? try await ServersUnderTest.start(in: folder) : nil
    if let servers { try await bootstrap(servers, folder) }
    let fleet = try FleetUnderTest(
      engine: engine, folder: folder, servers: servers, firstPort: FreePorts.consecutive(6))
    do {
      try await fleet.waitUntilReady()
    } catch {
      await fleet.stop()
      throw error
    }
    return fleet
  }

  func stop() async {
    up.interrupt()
    if (try? await up.ends(within: 60)) != true { up.kill() }
    await servers?.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs the operator's tool against this fleet, as migrate-admin.
  func bulkhead(_ arguments: String...) async throws -> Program.Output {
    try await Program.run(
      Program.named("bulkhead"), arguments, environment: Self.environment(servers, folder), in: folder)
  }

  /// The variables by which a client connects to the database as `account`.
  func databaseVariables(account: String) throws -> [String: String] {
    guard let servers else { throw Program.Failure("the embedded engine has no server") }
    return [
      "DB_TYPE": "postgresql", "DB_HOST": try servers.value("POSTGRES_HOST"),
      "DB_PORT": try servers.value("POSTGRES_PORT"), "DB_NAME": "app_db", "DB_USER": account,
      "DB_PASS_FILE": credential(account),
    ]
  }

  func credential(_ account: String) -> String {
    folder.appendingPathComponent(".bulkhead/credentials/\(account)").path
  }

  private func waitUntilReady() async throws {
    let deadline = Date().addingTimeInterval(90)
    while !up.out.contains("The fleet is ready") {
      guard up.isRunning, Date() < deadline else {
        throw Program.Failure("the fleet did not start:\n\(up.out)\n\(up.err)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private static func environment(_ servers: ServersUnderTest?, _ folder: URL) -> [String: String] {
    var variables = [
      "ACCESS_MANIFEST": Program.checkout.appendingPathComponent("deploy/access.yaml").path,
      "CREDENTIALS_DIR": folder.appendingPathComponent(".bulkhead/credentials").path,
    ]
    guard let servers else { return variables }
    variables["DB_TYPE"] = "postgresql"
    variables["DB_HOST"] = servers.variables["POSTGRES_HOST"]
    variables["DB_PORT"] = servers.variables["POSTGRES_PORT"]
    variables["DB_NAME"] = "app_db"
    variables["DB_USER"] = "migrate-admin"
    variables["DB_PASS_FILE"] = folder.appendingPathComponent(".bulkhead/credentials/migrate-admin").path
    variables["CACHE_TYPE"] = "redis"
    variables["CACHE_HOST"] = servers.variables["REDIS_HOST"]
    variables["CACHE_PORT"] = servers.variables["REDIS_PORT"]
    variables["CACHE_USER"] = servers.variables["REDIS_ADMIN"]
    variables["CACHE_PASS_FILE"] = servers.variables["REDIS_ADMIN_PASSWORD_FILE"]
    return variables
  }

  private static func bootstrap(_ servers: ServersUnderTest, _ folder: URL) async throws {
    var variables = environment(servers, folder)
    variables["DB_USER"] = try servers.value("POSTGRES_SUPERUSER")
    variables["DB_PASS_FILE"] = try servers.value("POSTGRES_PASSWORD_FILE")
    let output = try await Program.run(Program.named("bulkhead"), ["bootstrap"], environment: variables, in: folder)
    guard output.status == 0 else { throw Program.Failure("bootstrap: \(output.err)") }
  }
}
