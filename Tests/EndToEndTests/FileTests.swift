import Foundation
import JSON
import TestSupport
import Testing

/// The file of the embedded database after its processes have ended: a copy of it alone holds every row.
@Suite struct FileTests {
  @Test(arguments: [SIGINT, SIGTERM])
  func `a fleet that is stopped leaves a file that is complete without its journal`(signal: Int32)
    async throws
  {
    try await FleetUnderTest.with(.embedded) { fleet in
      for _ in 0..<8 { _ = try await fleet.member() }
      #expect(try journalBytes(in: fleet.folder) > 0)
      fleet.up.send(signal)
      #expect(try await fleet.up.ends())
      #expect(try journalBytes(in: fleet.folder) == 0)
      #expect(try await usersInCopy(of: fleet.folder) == 8)
    }
  }

  @Test func `a service that was killed finds its rows, and its ordered stop leaves a complete file`()
    async throws
  {
    try await Deployment.with(.embedded, prepared: true) { deployment in
      #expect(try journalBytes(in: deployment.folder) == 0)
      let first = try await startBackend(deployment)
      for number in 0..<3 { try await signUp("user-\(number)@example.org", on: first.client) }
      first.process.kill()
      #expect(try await first.process.ends())
      #expect(try journalBytes(in: deployment.folder) > 0)
      let second = try await startBackend(deployment)
      try await signUp("user-3@example.org", on: second.client)
      second.process.send(SIGTERM)
      #expect(try await second.process.ends())
      #expect(second.process.status == 0)
      #expect(try journalBytes(in: deployment.folder) == 0)
      #expect(try await usersInCopy(of: deployment.folder) == 4)
    }
  }

  @Test(arguments: ["", String(repeating: "this is no database. ", count: 100_000)])
  func `a fleet whose file is written over in place is unavailable, and serves again once it is restored`(
    content: String
  ) async throws {
    try await FleetUnderTest.with(.embedded) { fleet in
      for _ in 0..<4 { _ = try await fleet.member() }
      let backup = try await backup(of: fleet.folder)
      let members = (0..<6).map { Client(base: "http://127.0.0.1:\(fleet.firstPort + $0)") }
      try write(Data(content.utf8), intoFileOf: fleet.folder)
      try await eventually("no member is ready") {
        for member in members where try await member.send(.get, "/readyz").status != 503 { return false }
        return true
      }
      let ready = try await members[0].send(.get, "/readyz")
      #expect(ready.text.contains("was emptied or written over"), "\(ready.text)")
      let refused = try await members[0].send(
        .post, "/v1/users", ["email": "a@example.org", "password": "long enough"])
      #expect(refused.status == 503 && refused.headers["Retry-After"] != nil)
      try write(backup, intoFileOf: fleet.folder)
      try await eventually("every member is ready") {
        for member in members where try await member.send(.get, "/readyz").status != 200 { return false }
        return true
      }
      _ = try await fleet.member()
      fleet.up.send(SIGTERM)
      #expect(try await fleet.up.ends())
      #expect(try await usersInCopy(of: fleet.folder) == 5)
    }
  }

  /// Replaces the content of the file, which stays the same file.
  private func write(_ content: Data, intoFileOf folder: URL) throws {
    let file = try FileHandle(forWritingTo: folder.appendingPathComponent("app_db.db"))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: content)
    try file.close()
  }

  /// A whole copy, as SQLite's own command makes it while the fleet runs.
  private func backup(of folder: URL) async throws -> Data {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let script = "import sqlite3; sqlite3.connect('app_db.db').backup(sqlite3.connect('backup.db'))"
    let output = try await Program.run(URL(fileURLWithPath: python), ["-c", script], in: folder)
    try #require(output.status == 0, "\(output.err)")
    return try Data(contentsOf: folder.appendingPathComponent("backup.db"))
  }

  private func signUp(_ email: String, on client: Client) async throws {
    let answer = try await client.send(
      .post, "/v1/users", ["email": .string(email), "password": "correct horse battery"])
    #expect(answer.status == 201)
  }

  private func startBackend(_ deployment: Deployment) async throws -> (process: Started, client: Client) {
    let port = try FreePorts.consecutive(1)
    let process = try Started(
      Program.named("backend-api"), [],
      environment: [
        "DB_TYPE": "sqlite", "DB_NAME": "app_db", "DB_USER": "backend-api-rw", "CACHE_TYPE": "memory",
        "HTTP_PORT": "\(port)", "TOKEN_KEY_FILE": deployment.folder.appendingPathComponent("key.pem").path,
      ], in: deployment.folder)
    let client = Client(base: "http://127.0.0.1:\(port)")
    let ready = await eventually {
      (try? await client.send(.get, "/readyz").status) == 200
    }
    guard ready else {
      process.kill()
      throw Program.Failure("backend-api did not start: \(process.err)")
    }
    return (process, client)
  }

  private func journalBytes(in folder: URL) throws -> Int {
    let path = folder.appendingPathComponent("app_db.db-wal").path
    guard FileManager.default.fileExists(atPath: path) else { return 0 }
    return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  /// Copies the file alone, and counts the users in the copy with a client that is not ours.
  private func usersInCopy(of folder: URL) async throws -> Int? {
    let copy = folder.appendingPathComponent("copy.db")
    try FileManager.default.copyItem(at: folder.appendingPathComponent("app_db.db"), to: copy)
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let output = try await Program.run(
      URL(fileURLWithPath: python),
      [
        "-c",
        "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM users').fetchone())",
        copy.path,
      ], in: folder)
    #expect(output.status == 0, "\(output.err)")
    return Int(output.out.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
