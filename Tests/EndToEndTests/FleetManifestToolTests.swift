import Foundation
import Testing

/// `bulkhead up` and `bulkhead render` with other manifests than the fleet's.
@Suite struct FleetManifestToolTests {
  /// A folder with both manifests, of which the fleet's is changed.
  private static func withManifests(
    replacing old: String, with new: String, _ body: (_ folder: URL) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fleet-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let deploy = Program.checkout.appendingPathComponent("deploy")
    for name in ["access.yaml", "fleet.yaml"] {
      let text = try String(contentsOf: deploy.appendingPathComponent(name), encoding: .utf8)
      try text.replacingOccurrences(of: old, with: new)
        .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    try await body(folder)
  }

  private static func run(_ arguments: [String], in folder: URL) async throws -> Program.Output {
    try await Program.run(
      Program.named("bulkhead"), arguments,
      environment: ["ACCESS_MANIFEST": folder.appendingPathComponent("access.yaml").path], in: folder)
  }

  @Test func `up starts nothing while a program of the manifest is not built, and reports its line`()
    async throws
  {
    try await Self.withManifests(replacing: "connector: Integ", with: "mailer: Mail\n  connector: Integ") {
      folder in
      let file = folder.appendingPathComponent("fleet.yaml")
      var text = try String(contentsOf: file, encoding: .utf8)
      text = text.replacingOccurrences(
        of: "    program: analytics\n    port: 8083", with: "    program: mailer\n    port: 8083")
      try text.write(to: file, atomically: true, encoding: .utf8)
      let line = 1 + text.components(separatedBy: "\n").prefix { $0 != "    program: mailer" }.count
      let output = try await Self.run(["up", "--once"], in: folder)
      #expect(output.status == 78)
      #expect(output.err.contains("fleet.yaml:\(line): analytics runs mailer, and there is no program"))
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("app_db.db").path))
    }
  }

  @Test(arguments: [["up", "--once"], ["health"], ["render"]])
  func `a service with rights that nothing would start is an error`(_ arguments: [String]) async throws {
    try await Self.withManifests(
      replacing: "  analytics-rollup:\n    program", with: "  rollup:\n    program"
    ) { folder in
      let output = try await Self.run(arguments, in: folder)
      #expect(output.status == 78)
      #expect(output.err.contains("'analytics-rollup' that nothing would start"))
    }
  }

  @Test func `render env writes what a service needs to run by hand, and no secret`() async throws {
    try await Self.withManifests(replacing: "version: 1", with: "version: 1") { folder in
      let output = try await Self.run(["render", "env", "--first-port", "19081"], in: folder)
      #expect(output.status == 0, "\(output.err)")
      let file = folder.appendingPathComponent(".bulkhead/env/connector.env")
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("DB_USER=connector-rw\n") && text.contains("HTTP_PORT=19082\n"))
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      let keys = folder.appendingPathComponent(".bulkhead/keys")
      let key = try String(contentsOf: keys.appendingPathComponent("webhook-key"), encoding: .utf8)
      #expect(!text.contains(key) && text.contains("WEBHOOK_KEY_FILE="))
      let program = try await Program.run(
        URL(fileURLWithPath: "/bin/sh"),
        ["-c", #"set -a; . "$0"; exec "$1" --check-config"#, file.path, Program.named("connector").path],
        environment: [:], in: folder)
      #expect(program.status == 0, "\(program.err)")
    }
  }

  @Test func `render network prints the edges, and has no file to check`() async throws {
    try await Self.withManifests(replacing: "version: 1", with: "version: 1") { folder in
      let output = try await Self.run(["render", "network"], in: folder)
      #expect(output.status == 0 && output.out.contains("connector-rw\n"))
      #expect(try await Self.run(["render", "network", "--check"], in: folder).status == 64)
    }
  }
}
