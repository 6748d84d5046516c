import Foundation
import Testing

/// The checks of a service before its first request.
@Suite(.serialized) struct RefusalTests {
  @Test(arguments: ["backend-api", "connector", "analytics"])
  func `a service reports all configuration errors with exit code 78`(_ program: String) async throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = try await Program.run(
      Program.named(program), ["--check-config"],
      environment: [
        "DB_TYPE": "oracle", "HTTP_PORT": "99999", "LOG_LEVEL": "loud", "DB_POOL_SIZE": "many",
        "CACHE_PASS_FILE": "/nowhere/at/all",
      ], in: folder)
    #expect(output.status == 78)
    for name in ["DB_TYPE", "HTTP_PORT", "LOG_LEVEL", "DB_POOL_SIZE", "CACHE_PASS_FILE"] {
      #expect(output.err.contains(name), "\(name) is not named in: \(output.err)")
    }
  }

  @Test func `a service refuses an older schema and reports its version`() async throws {
    try await Deployment.with(.embedded) { deployment in
      try await deployment.prepare()
      try await deployment.succeed(["migrate", "down", "--to", "1", "--yes"])
      let behind = try await startConnector(deployment)
      #expect(behind.status != 0)
      #expect(behind.err.contains("1") && behind.err.contains("schema"))
    }
  }

  @Test func `a service refuses to run as migrate-admin, the owner of the tables`() async throws {
    try await Deployment.with(.servers) { deployment in
      try await deployment.prepare()
      let output = try await startConnector(deployment, as: "migrate-admin")
      #expect(output.status != 0)
      #expect(output.err.contains("migrate-admin"))
    }
  }

  private func startConnector(
    _ deployment: Deployment, as account: String = "connector-rw"
  ) async throws -> Program.Output {
    let keySet = deployment.folder.appendingPathComponent("jwks.json")
    try Data(#"{"keys":[]}"#.utf8).write(to: keySet)
    var variables = try deployment.databaseVariables(account: account)
    variables["CACHE_TYPE"] = "memory"
    variables["JWKS_FILE"] = keySet.path
    variables["WEBHOOK_KEY"] = Data(repeating: 7, count: 32).base64EncodedString()
    variables["HTTP_PORT"] = "\(try FreePorts.consecutive(1))"
    variables["DB_RETRY_DELAY"] = "1"
    return try await Program.run(
      Program.named("connector"), [], environment: variables, in: deployment.folder)
  }

  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
