import Foundation
import JSON
import Testing

/// What the tool answers where something is missing, empty or in its way.
@Suite struct ToolAnswerTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  private func bulkhead(
    _ arguments: String..., with changed: [String: String] = [:]
  ) async throws -> Program.Output {
    let manifest = Program.checkout.appendingPathComponent("deploy/access.yaml").path
    return try await Program.run(
      Program.named("bulkhead"), arguments,
      environment: ["ACCESS_MANIFEST": manifest].merging(changed) { $1 },
      in: folder)
  }

  @Test func `an empty variable counts as not set`() async throws {
    defer { remove() }
    let names = [
      "DATABASE_URL", "DB_USER", "DB_USER_FILE", "DB_PASS", "DB_PASS_FILE", "CACHE_USER", "CACHE_PASS",
      "LOG_LEVEL",
    ]
    let empty = Dictionary(uniqueKeysWithValues: names.map { ($0, "") })
    for arguments in [["migrate", "up"], ["migrate", "status"]] {
      let output = try await bulkhead(arguments[0], arguments[1], with: empty)
      #expect(output.status == 0, "\(output.err)")
    }
    try #require(try await bulkhead("access", "credentials").status == 0)
    #expect(try await bulkhead("access", "apply", with: empty).status == 0)
  }

  @Test func `health answers in JSON where it cannot begin`() async throws {
    defer { remove() }
    let output = try await bulkhead("health", "--json", with: ["ACCESS_MANIFEST": "nowhere/access.yaml"])
    #expect(output.status == 78)
    _ = try JSONCoding.decode(JSONValue.self, from: Array(output.out.utf8))
    #expect(output.out.contains("nowhere/access.yaml"), "\(output.out)")
  }

  @Test func `promote names the table that is missing`() async throws {
    defer { remove() }
    try #require(try await bulkhead("migrate", "up", "--to", "12").status == 0)
    let script = """
      import sqlite3
      with sqlite3.connect("app_db.db") as file:
        file.execute(\"\"\"INSERT INTO users (email, password, active, fs_uniquifier, created_at, updated_at)
          VALUES ('ada@example.org', 'x', 1, 'x', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')\"\"\")
      """
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let inserted = try await Program.run(URL(fileURLWithPath: python), ["-c", script], in: folder)
    try #require(inserted.status == 0, "\(inserted.err)")
    let output = try await bulkhead("promote", "ada@example.org")
    #expect(output.status == 1 && output.err.contains("audit_log"), "\(output.err)")
    #expect(output.err.contains("bulkhead migrate up"))
  }

  @Test(arguments: ["garbage.db", "folder.db", "nowhere/app.db"])
  func `a database file that cannot be opened is an error at once`(_ name: String) async throws {
    defer { remove() }
    let files = FileManager.default
    try files.createDirectory(
      at: folder.appendingPathComponent("folder.db"), withIntermediateDirectories: false)
    try Data(repeating: 0x21, count: 8192).write(to: folder.appendingPathComponent("garbage.db"))
    for arguments in [["migrate", "up"], ["access", "apply"]] {
      let output = try await bulkhead(arguments[0], arguments[1], with: ["DB_NAME": name])
      // A folder that does not exist is a wrong setting.
      #expect(output.status == (name.contains("/") ? 78 : 1), "\(output.err)")
      #expect(output.err.contains(name.split(separator: "/")[0]), "\(output.err)")
      let attempts = output.err.split(separator: "\n").filter { $0.contains("database unreachable") }
      #expect(attempts.count <= 1, "\(output.err)")
    }
  }

  @Test func `a folder that cannot be made is named with the system's reason`() async throws {
    defer { remove() }
    try Data().write(to: folder.appendingPathComponent(".bulkhead"))
    let output = try await bulkhead("up", "--first-port", "\(try FreePorts.consecutive(8))")
    #expect(output.status == 1)
    #expect(output.err.contains("cannot write") && output.err.contains(".bulkhead"), "\(output.err)")
    #expect(output.err.contains("Not a directory") || output.err.contains("File exists"), "\(output.err)")
    #expect(!output.err.contains("NSCocoaErrorDomain"))
  }
}
