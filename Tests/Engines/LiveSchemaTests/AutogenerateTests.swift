import DataAccess
import DatabaseTestSupport
import Foundation
import Migrations
import Processes
import TestSupport
import Testing

/// Alembic's autogenerate against a migrated database. Its declaration of the tables is in `alembic_client.py`.
@Suite struct AutogenerateTests {
  @Test(arguments: LiveEngine.all)
  func `Alembic's autogenerate finds no difference, and finds what was dropped`(engine: LiveEngine)
    async throws
  {
    try await TestDatabase.with(engine.engine) { test in
      try await test.withPool { database in
        try await MigrationEngine(database).up()
        let fresh = try autogenerate(test)
        #expect(fresh.ending == .exit(0), "\(fresh.output)")
        let table = database.dialect.dropsIndexFromTable ? " ON users" : ""
        try await database.byHand([
          "DROP INDEX users_created_at_idx\(table)", "ALTER TABLE webhooks DROP COLUMN disabled_reason",
        ])
        let changed = try autogenerate(test)
        #expect(changed.ending == .exit(2), "\(changed.output)")
        #expect(changed.output.contains("add_index") && changed.output.contains("users_created_at_idx"))
        #expect(changed.output.contains("add_column") && changed.output.contains("disabled_reason"))
      }
    }
  }

  private func autogenerate(_ test: TestDatabase) throws -> ProcessOutcome {
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    var environment = ["DATABASE_URL": url(of: test), "PYTHONDONTWRITEBYTECODE": "1"]
    environment["DATABASE_CA_FILE"] = test.configuration.tls.authorityFile
    return try ChildProcess.run(
      python, [folder.appendingPathComponent("alembic_client.py").path], environment: environment,
      isMerged: true)
  }

  private func url(of test: TestDatabase) -> String {
    let settings = test.configuration
    guard let host = settings.hosts.first else { return "sqlite:///\(settings.name)" }
    let password = settings.password.reveal()
    let scheme = test.engine.engine.name == "mysql" ? "mysql+pymysql" : "postgresql+psycopg2"
    return "\(scheme)://\(settings.user):\(password)@\(host.host):\(host.port)/\(settings.name)"
  }
}
