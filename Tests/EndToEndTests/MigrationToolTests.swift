import Foundation
import Schema
import Testing

/// `bulkhead migrate` as an operator runs it: stopped, killed, five at once, and without changes.
@Suite struct MigrationToolTests {
  private static let newest = Schema.currentVersion
  /// The version that builds indexes beside the running services.
  private static let buildingIndexes = 6

  // MARK: Stopped runs

  /// Migrates to the version before the one that builds indexes, and opens a session with an old snapshot, for which the
  /// build waits.
  private func withWaitingBuild(_ body: (Deployment, Started) async throws -> Void) async throws {
    try await Deployment.with(.servers) { deployment in
      try await deployment.succeed(["migrate", "up", "--to", "\(Self.buildingIndexes - 1)"])
      let holder = try deployment.startPsql(
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM users; SELECT pg_sleep(300)")
      try await waits(60) { try await deployment.running("SELECT pg_sleep%") == 1 }
      try await body(deployment, holder)
      holder.kill()
    }
  }

  private func waits(_ seconds: Double, _ condition: () async throws -> Bool) async throws {
    let deadline = Date().addingTimeInterval(seconds)
    while try await !condition() {
      guard Date() < deadline else { throw Program.Failure("not within \(seconds) s") }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGKILL])
  func `a stopped run leaves no statement in the server, and the next run finishes its step`(
    signal: Int32
  ) async throws {
    try await withWaitingBuild { deployment, holder in
      let run = try deployment.startBulkhead(["migrate", "up"])
      try await waits(60) { try await deployment.running("CREATE INDEX CONCURRENTLY%") == 1 }
      run.send(signal)
      #expect(try await run.ends())
      if signal != SIGKILL {
        #expect(run.status == 1)
        #expect(run.err.contains("stopped on request"), "\(run.err)")
        // The truth: this index stays, and nothing of it is rolled back.
        #expect(run.err.contains("part 1 of 2 was cancelled") && run.err.contains("not valid"), "\(run.err)")
      }
      try await waits(60) { try await deployment.running("CREATE INDEX CONCURRENTLY%") == 0 }
      let unfinished = try await deployment.bulkhead(["migrate", "check"])
      #expect(unfinished.status == 2)
      #expect(unfinished.out.contains("version 6 is half done"), "\(unfinished.out)")
      let status = try await deployment.bulkhead(["migrate", "status"])
      #expect(status.out.contains("pending, half done (up)"), "\(status.out)")
      let json = try await deployment.bulkhead(["migrate", "status", "--json"])
      #expect(json.out.contains("\"unfinished\""), "\(json.out)")
      _ = try await deployment.psql(
        as: "migrate-admin",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
      )
      let again = try await deployment.bulkhead(["migrate", "up"])
      #expect(again.status == 0, "\(again.err)")
      #expect(again.err.contains("goes on with part 1 of 2"), "\(again.err)")
      let check = try await deployment.bulkhead(["migrate", "check"])
      #expect(check.status == 0, "\(check.out)")
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `a stopped up cancels its migration in the server, and starts no service`(signal: Int32) async throws {
    try await withWaitingBuild { deployment, _ in
      let port = try FreePorts.consecutive(8)
      let run = try deployment.startBulkhead(["up", "--first-port", "\(port)"])
      try await waits(60) { try await deployment.running("CREATE INDEX CONCURRENTLY%") == 1 }
      run.send(signal)
      #expect(try await run.ends())
      #expect(run.status == 1)
      #expect(run.err.contains("stopped on request"), "\(run.err)")
      try await waits(60) { try await deployment.running("CREATE INDEX CONCURRENTLY%") == 0 }
      #expect(!(run.out + run.err).contains("is ready"))
    }
  }

  @Test(arguments: Engine.allCases)
  func `five migrate up at once on a new database all end with 0`(engine: Engine) async throws {
    try await Deployment.with(engine) { deployment in
      let runs = try (0..<5).map { _ in try deployment.startBulkhead(["migrate", "up"]) }
      for run in runs {
        #expect(try await run.ends(within: 120_000))
        #expect(run.status == 0, "\(run.err)")
      }
      try await deployment.succeed(["migrate", "check"])
    }
  }

  // MARK: Runs that change nothing

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bulkhead-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  private static let manifest = [
    "ACCESS_MANIFEST": Program.checkout.appendingPathComponent("deploy/access.yaml").path
  ]

  @Test(arguments: [
    ["migrate", "status"]: 0, ["migrate", "check"]: 2, ["migrate", "down"]: 1,
    ["migrate", "up", "--dry-run"]: 0,
    ["migrate", "stamp", "1"]: 1, ["migrate", "baseline", "1"]: 1,
  ])
  func `only migrate up creates a database file`(arguments: [String], status: Int32) async throws {
    try await withFolder { folder in
      let output = try await Program.run(
        Program.named("bulkhead"), arguments, environment: Self.manifest, in: folder)
      #expect(output.status == status, "\(output.err)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.filter { $0.contains(".db") } == [])
    }
  }

  @Test func `migrate sql needs no setting, no manifest and no server`() async throws {
    try await withFolder { folder in
      let output = try await Program.run(Program.named("bulkhead"), ["migrate", "sql"], in: folder)
      #expect(output.status == 0, "\(output.err)")
      #expect(output.out.contains("CREATE TABLE"))
    }
  }

  @Test
  func `migrate lint needs no setting, no manifest and no server, and finds nothing in the shipped versions`()
    async throws
  {
    try await withFolder { folder in
      let output = try await Program.run(Program.named("bulkhead"), ["migrate", "lint"], in: folder)
      #expect(output.status == 0, "\(output.out)\(output.err)")
      #expect(output.out.contains("0 findings in \(Self.newest) versions"), "\(output.out)")
    }
  }

  @Test func `a dry run prints the statements of every pending step and applies none`() async throws {
    try await withFolder { folder in
      func bulkhead(_ arguments: [String]) async throws -> Program.Output {
        try await Program.run(Program.named("bulkhead"), arguments, environment: Self.manifest, in: folder)
      }
      #expect(try await bulkhead(["migrate", "up", "--to", "4"]).status == 0)
      let shown = try await bulkhead(["migrate", "up", "--dry-run"])
      #expect(shown.out.contains("-- up 5 rollups") && shown.out.contains("CREATE TABLE \"rollups\""))
      let report = try await bulkhead(["migrate", "up", "--dry-run", "--json"])
      #expect(report.out.contains(#""dryRun":true"#), "\(report.out)")
      let status = try await bulkhead(["migrate", "status"])
      #expect(status.out.contains("schema version 4 of \(Self.newest)"))
    }
  }

  @Test func `every command of migrate answers in JSON`() async throws {
    try await withFolder { folder in
      for arguments in [
        ["migrate", "up"], ["migrate", "status"], ["migrate", "check"], ["migrate", "sql"],
        ["migrate", "down"],
        ["migrate", "stamp", "5"], ["migrate", "up", "--dry-run"], ["migrate", "lint"],
      ] {
        let output = try await Program.run(
          Program.named("bulkhead"), arguments + ["--json"], environment: Self.manifest, in: folder)
        #expect([0, 2].contains(output.status), "\(arguments): \(output.err)")
        #expect(throws: Never.self, "\(arguments): \(output.out)") {
          try JSONSerialization.jsonObject(with: Data(output.out.utf8))
        }
      }
    }
  }

  @Test func `every command of migrate answers in JSON when it fails, and its last line names the server`()
    async throws
  {
    try await withFolder { folder in
      let nowhere = [
        "DB_TYPE": "postgresql", "DB_HOST": "127.0.0.1", "DB_PORT": "1", "DB_PASS": "x",
        "DB_MAX_RETRIES": "1",
      ]
      for arguments in [
        ["up"], ["up", "--dry-run"], ["down"], ["status"], ["check"], ["stamp", "1"], ["baseline", "1"],
      ] {
        let output = try await Program.run(
          Program.named("bulkhead"), ["migrate"] + arguments + ["--json"],
          environment: Self.manifest.merging(nowhere) { $1 }, in: folder)
        let last = output.err.split(separator: "\n").last.map(String.init) ?? ""
        #expect(output.status == 1 && last.contains("127.0.0.1:1"), "\(arguments): \(output.err)")
        #expect(try Self.errors(in: output).first?.contains("127.0.0.1:1") == true, "\(output.out)")
      }
      // There is no checkout in this folder, and no version 99.
      for arguments in [["new", "a_step"], ["sql", "--to", "99"]] {
        let output = try await Program.run(
          Program.named("bulkhead"), ["migrate"] + arguments + ["--json"], in: folder)
        #expect(output.status == 1, "\(arguments): \(output.err)")
        #expect(try Self.errors(in: output).count == 1)
      }
    }
  }

  @Test func `migrate new and migrate baseline answer in JSON`() async throws {
    try await withFolder { folder in
      let versions = folder.appendingPathComponent("Shared/Data/Migrations/Versions")
      try FileManager.default.createDirectory(at: versions, withIntermediateDirectories: true)
      let made = try await Program.run(
        Program.named("bulkhead"), ["migrate", "new", "a_step", "--json"], in: folder)
      #expect(made.status == 0 && made.out.contains(#""version":1"#), "\(made.out)\(made.err)")
      let tool = Program.named("bulkhead")
      let migrated = try await Program.run(tool, ["migrate", "up"], environment: Self.manifest, in: folder)
      #expect(migrated.status == 0, "\(migrated.err)")
      let refused = try await Program.run(
        tool, ["migrate", "baseline", "1", "--json"], environment: Self.manifest, in: folder)
      #expect(try Self.errors(in: refused).first?.contains("records version \(Self.newest) already") == true)
    }
  }

  @Test func `migrations that are made at once get versions of their own`() async throws {
    try await withFolder { folder in
      let versions = folder.appendingPathComponent("Shared/Data/Migrations/Versions")
      try FileManager.default.createDirectory(at: versions, withIntermediateDirectories: true)
      try await withThrowingTaskGroup(of: Int32.self) { group in
        for name in ["one", "two", "three", "four"] {
          group.addTask {
            try await Program.run(Program.named("bulkhead"), ["migrate", "new", name], in: folder).status
          }
        }
        for try await status in group { #expect(status == 0) }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: versions.path)
      #expect(Set(files.map { $0.prefix(5) }) == ["V0001", "V0002", "V0003", "V0004"], "\(files)")
    }
  }

  private static func errors(in output: Program.Output) throws -> [String] {
    let answer = try JSONSerialization.jsonObject(with: Data(output.out.utf8))
    return (answer as? [String: Any])?["errors"] as? [String] ?? []
  }

  @Test func `migrate down names the rows that it drops, and needs --yes where no terminal can answer`()
    async throws
  {
    try await Deployment.with(.embedded) { deployment in
      try await deployment.succeed(["migrate", "up"])
      let python = try #require(
        ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
      let script = """
        import sqlite3
        with sqlite3.connect("app_db.db") as file:
            file.execute("INSERT INTO audit_log (source, account, action, object) VALUES ('x', 'x', 'x', 'x')")
        """
      let added = try await Program.run(
        URL(fileURLWithPath: python), ["-c", script], environment: [:], in: deployment.folder)
      #expect(added.status == 0, "\(added.err)")
      let refused = try await deployment.bulkhead(["migrate", "down", "--to", "12"])
      #expect(refused.status == 64)
      #expect(refused.err.contains("drops table audit_log with 1 row") && refused.err.contains("--yes"))
      let status = try await deployment.bulkhead(["migrate", "status"])
      #expect(status.out.contains("schema version \(Self.newest) of"), "\(status.out)")
      try await deployment.succeed(["migrate", "down", "--to", "12", "--yes"])
    }
  }

  @Test func `up --reset on a server needs --yes where no terminal can answer`() async throws {
    try await withFolder { folder in
      let server = ["DB_TYPE": "postgresql", "DB_HOST": "127.0.0.1", "DB_PORT": "1", "DB_PASS": "x"]
      let output = try await Program.run(
        Program.named("bulkhead"), ["up", "--once", "--reset"],
        environment: Self.manifest.merging(server) { $1 }, in: folder)
      #expect(output.status == 64)
      #expect(output.err.contains("app_db") && output.err.contains("--yes"), "\(output.err)")
    }
  }
}

extension Deployment {
  /// Starts the tool without waiting for its end.
  fileprivate func startBulkhead(_ arguments: [String]) throws -> Started {
    try Started(Program.named("bulkhead"), arguments, environment: environment, in: folder)
  }

  /// The active statements of the administrator that match the pattern.
  fileprivate func running(_ pattern: String) async throws -> Int {
    let output = try await psql(
      as: "migrate-admin",
      "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '\(pattern)' "
        + "AND pid <> pg_backend_pid()")
    return Int(output.out.trimmed) ?? -1
  }
}

extension String {
  fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
