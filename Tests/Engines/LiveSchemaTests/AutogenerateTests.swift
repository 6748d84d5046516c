import DataAccess
import DatabaseTestSupport
import Foundation
import Migrations
import TestSupport
import Testing

/// Alembic's autogenerate against a migrated database. Its declaration of the tables is in `alembic_client.py`.
@Suite struct AutogenerateTests {
  @Test(arguments: LiveEngine.withExpressionIndexes)
  func `Alembic's autogenerate finds no difference, and finds what was dropped`(engine: LiveEngine)
    async throws
  {
    try await TestDatabase.with(engine.engine) { test in
      try await test.withPool { database in
        try await MigrationEngine(database).up()
        let fresh = try autogenerate(test)
        #expect(fresh.status == 0, "\(fresh.output)")
        try await database.byHand([
          "DROP INDEX sessions_user_id_idx", "ALTER TABLE webhooks DROP COLUMN disabled_reason",
        ])
        let changed = try autogenerate(test)
        #expect(changed.status == 2, "\(changed.output)")
        #expect(changed.output.contains("add_index") && changed.output.contains("sessions_user_id_idx"))
        #expect(changed.output.contains("add_column") && changed.output.contains("disabled_reason"))
      }
    }
  }

  private func autogenerate(_ test: TestDatabase) throws -> (status: Int32, output: String) {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    process.arguments = [folder.appendingPathComponent("alembic_client.py").path]
    process.environment = ["DATABASE_URL": url(of: test)]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private func url(of test: TestDatabase) -> String {
    let settings = test.configuration
    guard let host = settings.hosts.first else { return "sqlite:///\(settings.name)" }
    let password = settings.password.reveal()
    return "postgresql+psycopg2://\(settings.user):\(password)@\(host.host):\(host.port)/\(settings.name)"
  }
}
