import DataAccess
import Foundation
import PostgresDriver
import Processes
import Runtime
import SQLiteDriver
import Secrets
import TestSupport
import Testing
import Transport

@testable import bulkhead

/// The files with which another shell reaches the fleet or runs a service of it.
@Suite struct FleetSettingsTests {
  /// The variables of a shell that had these and then read the file.
  private func variables(
    of shell: [String: String], afterReading text: String, exportsAll: Bool = false
  ) throws -> [String: String] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).env")
    defer { try? FileManager.default.removeItem(at: file) }
    try text.write(to: file, atomically: true, encoding: .utf8)
    let outcome = try ChildProcess.run(
      "/bin/sh", ["-euc", "\(exportsAll ? "set -a; " : "")PATH=/usr/bin:/bin; . \(file.path); env"],
      environment: shell)
    #expect(outcome.isSuccess, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(
      lines.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }, uniquingKeysWith: { $1 })
  }

  /// What a shell may have from another fleet.
  private static let stale = Dictionary(
    uniqueKeysWithValues: (SettingNames.ofEngines + ["ACCESS_MANIFEST", "CREDENTIALS_DIR", "FIRST_PORT"]).map
    {
      ($0, "of another fleet")
    })

  private func settings(_ variables: [String: String]) -> [String: String] {
    variables.filter { Self.stale[$0.key] != nil && !$0.value.isEmpty }
  }

  @Test func `the file for another terminal takes every setting of another fleet away, and survives a shell`()
    throws
  {
    let shown = ["DB_TYPE": "postgresql", "DB_NAME": "it's $(here)", "DB_USER": "u", "FIRST_PORT": "28081"]
    let found = try variables(of: Self.stale, afterReading: FleetSettings.text(of: shown))
    #expect(settings(found) == shown)
    #expect(FleetSettings.text(of: shown).contains("# DB_PASS is not here, because it is a password"))
  }

  @Test func `a file for a service takes every engine's setting of another fleet away`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = EnvironmentFiles(directory: folder)
    try files.write(["DB_TYPE": "sqlite", "DB_USER": "u"], of: "api")
    let text = try String(contentsOfFile: files.path(of: "api"), encoding: .utf8)
    let found = try variables(of: Self.stale, afterReading: text, exportsAll: true)
    #expect(settings(found).filter { $0.key.hasPrefix("DB_") } == ["DB_TYPE": "sqlite", "DB_USER": "u"])
    #expect(found["DATABASE_URL"] == "" && found["CACHE_PASS_FILE"] == "")
  }

  @Test func `a script with servers of its own forgets every setting of the shell but those that it keeps`()
    throws
  {
    let names = SettingNames.all.flatMap { [$0, "\($0)_FILE"] }
    let outcome = try ChildProcess.run(
      "/bin/bash",
      ["-euc", "source \"$0\"; forget_settings 'LOG_*'; env", Checkout.path("scripts/settings.sh")],
      environment: Dictionary(uniqueKeysWithValues: (names + ["HOST", "PATH"]).map { ($0, "/usr/bin:/bin") }))
    #expect(outcome.isSuccess, "\(outcome.errors)")
    let left = Set(outcome.output.split(separator: "\n").map { String($0.prefix { $0 != "=" }) })
    #expect(left.isSuperset(of: ["HOST", "PATH"]))
    #expect(left.intersection(names) == Set(names.filter { $0.hasPrefix("LOG_") }))
  }

  @Test func `the settings of a server name its account and files, and no password`() {
    var configuration = DatabaseConfiguration(
      hosts: [Endpoint(host: "one", port: 5432), Endpoint(host: "two", port: 5433)], name: "store",
      user: "migrate-admin", password: Secret("hush"), tls: .verifyFull(authorityFile: "/ca.pem"))
    let fixed = FleetSettings.database(
      SelectedDatabase(engine: PostgresEngine(), configuration: configuration))
    #expect(
      fixed == [
        "DB_TYPE": "postgresql", "DB_HOST": "one:5432,two:5433", "DB_NAME": "store",
        "DB_USER": "migrate-admin", "DB_TLS": "verify-full", "DB_CA_FILE": "/ca.pem",
      ])
    configuration.credential = .file("/secrets/a", initial: Secret("hush"))
    let file = FleetSettings.database(
      SelectedDatabase(engine: PostgresEngine(), configuration: configuration))
    #expect(file["DB_PASS_FILE"] == "/secrets/a")
  }

  @Test func `the settings of a file have its whole path, and no account`() {
    let configuration = DatabaseConfiguration(name: "app_db.db", user: "migrate-admin")
    let found = FleetSettings.database(SelectedDatabase(engine: SQLiteEngine(), configuration: configuration))
    let path = FileManager.default.currentDirectoryPath + "/app_db.db"
    #expect(found == ["DB_TYPE": "sqlite", "DB_NAME": path])
  }
}
