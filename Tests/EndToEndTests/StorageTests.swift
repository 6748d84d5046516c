import Foundation
import JSON
import TestSupport
import Testing

/// A database that cannot store: its disk is full, or its file may only be read.
@Suite(.serialized) struct StorageTests {
  /// PostgreSQL reports a full disk with this state and with the name of its file.
  private static let fullDisk = """
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '53100';
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON settings EXECUTE FUNCTION full_disk()
    """

  @Test func `a full disk is a 503 with a time for the retry, and the log has the server's reason once`()
    async throws
  {
    try await ServiceBehindServers.with { service in
      try await service.readiness(becomes: 200)
      let client = try await service.member()
      let servers = try #require(service.deployment.servers)
      _ = try await service.deployment.superuser(of: servers, Self.fullDisk)
      for number in 0..<5 {
        let refused = try await client.send(.put, "/v1/settings/s\(number)", ["value": 1])
        #expect(refused.status == 503, "\(refused.text)")
        #expect(refused.headers["Retry-After"] != nil)
        #expect(!refused.text.contains("base/"))
      }
      #expect(try await client.send(.get, "/v1/settings").status == 200)
      try await eventually("the reason is in the log") {
        service.started.err.contains("No space left on device")
      }
      #expect(service.started.err.components(separatedBy: "No space left on device").count == 2)
      _ = try await service.deployment.superuser(of: servers, "DROP TRIGGER full_disk ON settings")
      #expect(try await client.send(.put, "/v1/settings/s0", ["value": 1]).status == 201)
    }
  }

  @Test func `a service does not start on a file that it may not write, and names the file`() async throws {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      let file = deployment.folder.appendingPathComponent("app_db.db").path
      try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: file)
      let key = deployment.folder.appendingPathComponent("key.pem").path
      let output = try await Self.withoutPowers(
        Program.named("backend-api"),
        [
          "DB_TYPE": "sqlite", "DB_NAME": "app_db", "DB_USER": "backend-api-rw", "CACHE_TYPE": "memory",
          "DB_MAX_RETRIES": "1", "TOKEN_KEY_FILE": key, "HTTP_PORT": "\(try FreePorts.consecutive(1))",
        ], in: deployment.folder)
      #expect(output.status == 1)
      #expect(output.err.contains("the database is read-only"), "\(output.err)")
      #expect(output.err.contains("app_db.db: this process may not write the database file"), "\(output.err)")
    }
  }

  /// Runs a program under the permissions of files, which root alone could ignore.
  private static func withoutPowers(
    _ program: URL, _ environment: [String: String], in folder: URL
  ) async throws -> Program.Output {
    guard geteuid() == 0 else {
      return try await Program.run(program, [], environment: environment, in: folder)
    }
    return try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", program.path],
      environment: environment, in: folder)
  }
}
