import Foundation
import JSON
import Testing

/// The operator's tool with wrong arguments, settings or databases.
@Suite struct ToolTests {
  @Test func `the tool reports all configuration errors with exit code 78`() async throws {
    let output = try await run(
      ["access", "verify"], environment: ["DB_TYPE": "oracle", "DB_PORT": "no number", "DB_PASS": "hush"])
    #expect(output.status == 78)
    #expect(output.err.contains("DB_TYPE") && output.err.contains("DB_PORT"))
    #expect(!output.err.contains("hush"))
  }

  @Test(arguments: [
    ["nonsense"], ["up", "--first-port", "0"], ["migrate", "stamp"], ["access", "render", "xml"],
  ])
  func `wrong usage ends with exit code 64 and prints the usage`(_ arguments: [String]) async throws {
    let output = try await run(arguments)
    #expect(output.status == 64)
    #expect(output.err.contains("Usage: bulkhead"))
  }

  @Test func `wrong usage has a document with --json, and no control character of an argument`() async throws
  {
    let output = try await run(["access", "verify", "--nonsense\u{1B}[2J", "--json"])
    #expect(output.status == 64 && output.err.contains("Usage: bulkhead access verify"))
    #expect(!output.err.contains("\u{1B}"))
    let answer = try JSONCoding.decode(JSONValue.self, from: Array(output.out.utf8))
    #expect(answer["errors"]?[0]?.string != nil, "\(output.out)")
    let person = try await run(
      ["access", "open", "z\u{1B}[2J", "--like", "a", "--for", "1h", "--reason", "x"])
    #expect(person.status == 64 && person.out.isEmpty && !person.err.contains("\u{1B}"), "\(person.err)")
  }

  @Test func `a page that cannot be written is an error before the proof`() async throws {
    let manifest = Program.checkout.appendingPathComponent("deploy/access.yaml").path
    let output = try await run(
      ["access", "prove", "--html", "/nonexistent/page.html"], environment: ["ACCESS_MANIFEST": manifest])
    #expect(output.status == 1)
    #expect(
      output.err.contains("cannot write /nonexistent/page.html: there is no folder /nonexistent"),
      "\(output.err)")
  }

  @Test func `an error in the manifest is reported with file and line, and exit code 78`() async throws {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let manifest = folder.appendingPathComponent("access.yaml")
    let text = try String(
      contentsOf: Program.checkout.appendingPathComponent("deploy/access.yaml"), encoding: .utf8)
    try text.replacingOccurrences(of: "users: [select, insert, update, delete]", with: "usres: [select]")
      .write(to: manifest, atomically: true, encoding: .utf8)
    let output = try await run(["access", "plan"], environment: ["ACCESS_MANIFEST": manifest.path])
    #expect(output.status == 78)
    let line = 1 + text.components(separatedBy: "\n").prefix { !$0.contains("users: [select, insert") }.count
    #expect(output.err.contains("access.yaml:\(line):") && output.err.contains("usres"))
  }

  @Test func `an unreachable database is an error that names its address`() async throws {
    let port = try FreePorts.consecutive(1)
    let output = try await run(
      ["migrate", "status"],
      environment: [
        "DB_TYPE": "postgresql", "DB_HOST": "127.0.0.1", "DB_PORT": "\(port)", "DB_PASS": "hush hush",
        "DB_MAX_RETRIES": "2", "DB_RETRY_DELAY": "0", "CACHE_TYPE": "memory",
      ])
    #expect(output.status == 1)
    #expect(output.err.contains("\(port)") || output.err.contains("cannot be reached"))
    #expect(!output.err.contains("hush hush"))
  }

  @Test func `access apply before migrate up fails and names the next step`() async throws {
    let output = try await run(["access", "apply"])
    #expect(output.status == 1)
    #expect(output.err.contains("bulkhead migrate up"))
  }

  @Test func `the schema goes up, down and up again, and check reports its state`() async throws {
    let deployment = try await Deployment.start(.embedded)
    #expect(try await deployment.bulkhead(["migrate", "check"]).status == 2)
    try await deployment.succeed(["migrate", "up"])
    let current = try await deployment.bulkhead(["migrate", "check"])
    #expect(current.status == 0)
    try await deployment.succeed(["migrate", "down"])
    let behind = try await deployment.bulkhead(["migrate", "status", "--json"])
    #expect(behind.out.contains(#""state":"pending""#))
    try await deployment.succeed(["migrate", "up"])
    let sql = try await deployment.bulkhead(["migrate", "sql"])
    #expect(sql.out.contains("CREATE TABLE") && sql.out.contains("users"))
    await deployment.stop()
  }

  private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Output
  {
    let folder = try Self.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let manifest = Program.checkout.appendingPathComponent("deploy/access.yaml").path
    return try await Program.run(
      Program.named("bulkhead"), arguments,
      environment: ["ACCESS_MANIFEST": manifest].merging(environment) { $1 },
      in: folder)
  }

  private static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
