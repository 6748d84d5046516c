import Foundation
import Testing

/// A command of the tool reads only the settings that it needs, creates no other files, and takes the administrators
/// from the manifest.
@Suite struct NeededSettingsTests {
  private let folder: URL
  private let manifest = Program.checkout.appendingPathComponent("deploy/access.yaml").path

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func bulkhead(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) async throws -> Program.Output {
    try await Program.run(
      Program.named("bulkhead"), arguments,
      environment: ["ACCESS_MANIFEST": manifest].merging(environment) { $1 }, in: folder)
  }

  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
  }

  private func remove() { try? FileManager.default.removeItem(at: folder) }

  private static let servers = ["DB_TYPE": "postgresql", "CACHE_TYPE": "redis"]

  @Test(arguments: [
    ["access", "credentials"], ["access", "render", "sql"], ["access", "render", "redis-acl"],
    ["access", "render", "env"], ["migrate", "sql"],
  ])
  func `a command without a server needs no password`(arguments: [String]) async throws {
    defer { remove() }
    let output = try await bulkhead(arguments, Self.servers)
    #expect(output.status == 0, "\(output.err)")
    #expect(!output.out.isEmpty)
  }

  @Test func `a command on the database needs no password of the cache`() async throws {
    defer { remove() }
    let output = try await bulkhead(["migrate", "status"], Self.servers)
    #expect(output.status == 78)
    #expect(output.err.contains("DB_PASS") && !output.err.contains("CACHE_PASS"))
  }

  @Test func `a command on both reports the missing passwords of both at once`() async throws {
    defer { remove() }
    let output = try await bulkhead(["access", "verify"], Self.servers)
    #expect(output.status == 78)
    #expect(output.err.contains("DB_PASS") && output.err.contains("CACHE_PASS"))
  }

  @Test(arguments: [
    ["promote", "ada@example.org"], ["access", "plan"], ["access", "apply"], ["access", "verify"],
    ["access", "prove"],
  ])
  func `a command on a missing database file names the file and creates nothing`(
    arguments: [String]
  ) async throws {
    defer { remove() }
    let output = try await bulkhead(arguments)
    #expect(output.status == 1)
    #expect(output.err.contains("app_db.db") && output.err.contains("bulkhead migrate up"))
    #expect(try files.filter { $0.contains(".db") || $0 == ".bulkhead" } == [])
  }

  @Test(arguments: [["migrate", "up"], ["migrate", "status"], ["migrate", "check"]])
  func `migrate creates a missing database file`(arguments: [String]) async throws {
    defer { remove() }
    let output = try await bulkhead(arguments)
    #expect([0, 2].contains(output.status), "\(output.err)")
    #expect(try files.contains("app_db.db"))
  }

  @Test func `the tool uses the administrators of the manifest`() async throws {
    defer { remove() }
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    let renamed = folder.appendingPathComponent("access.yaml")
    try text.replacingOccurrences(of: "migrate-admin", with: "schema-owner")
      .replacingOccurrences(of: "cache-admin", with: "cache-owner")
      .write(to: renamed, atomically: true, encoding: .utf8)
    let port = try FreePorts.consecutive(1)
    let credentials = folder.appendingPathComponent("credentials")
    try FileManager.default.createDirectory(at: credentials, withIntermediateDirectories: true)
    for name in ["schema-owner", "cache-owner"] {
      let path = credentials.appendingPathComponent(name).path
      let isMade = FileManager.default.createFile(
        atPath: path, contents: Data("hush".utf8), attributes: [.posixPermissions: 0o600])
      #expect(isMade)
    }
    let output = try await bulkhead(
      ["access", "verify"],
      Self.servers.merging([
        "ACCESS_MANIFEST": renamed.path, "CREDENTIALS_DIR": credentials.path, "DB_HOST": "127.0.0.1",
        "DB_PORT": "\(port)", "DB_MAX_RETRIES": "1", "DB_RETRY_DELAY": "0",
      ]) { $1 })
    #expect(output.status == 1)
    #expect(!output.err.contains("DB_PASS") && !output.err.contains("CACHE_PASS"), "\(output.err)")
  }
}
