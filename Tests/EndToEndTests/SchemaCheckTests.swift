import Foundation
import Testing

/// `bulkhead migrate check` on a database that an operator changed by hand.
@Suite struct SchemaCheckTests {
  @Test func `migrate check names a change made by hand in a file, and creates no file`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let absent = try await deployment.bulkhead(["migrate", "check"])
      #expect(absent.status == 2)
      #expect(absent.out.contains("there is no database file"))
      let files = try FileManager.default.contentsOfDirectory(atPath: deployment.folder.path)
      #expect(!files.contains { $0.hasPrefix("app_db") }, "\(files)")
      try await deployment.prepare()
      #expect(try await deployment.bulkhead(["migrate", "check"]).status == 0)
      let python = try #require(
        ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
      let script =
        "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('DROP INDEX sessions_user_id_idx')"
      let changed = try await Program.run(
        URL(fileURLWithPath: python), ["-c", script, "app_db.db"], environment: [:], in: deployment.folder)
      #expect(changed.status == 0, "\(changed.err)")
      try await expect("sessions.user_id: the index sessions_user_id_idx is missing", deployment)
    }
  }

  @Test func `migrate check names a unique key that was dropped by hand on a server`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let fresh = try await deployment.bulkhead(["migrate", "check", "--json"])
      #expect(fresh.status == 0, "\(fresh.out)\(fresh.err)")
      #expect(fresh.out.contains(#""differences":[]"#))
      let changed = try await deployment.psql(
        as: "migrate-admin", "ALTER TABLE users DROP CONSTRAINT users_email_key")
      #expect(changed.status == 0, "\(changed.err)")
      try await expect("users.email: the unique key users_email_key is missing", deployment)
      let listed = try await deployment.bulkhead(["migrate", "check", "--json"])
      #expect(listed.status == 2)
      #expect(listed.out.contains(#""kind":"missing","table":"users","column":"email""#))
    }
  }

  private func expect(_ words: String, _ deployment: Deployment) async throws {
    let output = try await deployment.bulkhead(["migrate", "check"])
    #expect(output.status == 2, "\(output.err)")
    #expect(output.out.contains(words), "\(output.out)")
  }
}
