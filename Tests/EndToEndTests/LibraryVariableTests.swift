import Foundation
import PostgresDriver
import Testing

extension DeploymentTests {
  /// Only the settings say which server a program uses: what libpq reads in the environment has no effect.
  @Suite struct LibraryVariableTests {
    /// Values with which libpq would reach another server, none, or another session.
    private static let values = [
      "PGHOSTADDR": "127.0.0.9", "PGSERVICE": "elsewhere", "PGTARGETSESSIONATTRS": "standby",
      "PGOPTIONS": "-c statement_timeout=1", "PGREQUIRESSL": "1", "PGCONNECT_TIMEOUT": "x",
    ]

    @Test(arguments: PostgresEngine().libraryVariables)
    func `a variable of the client library has no effect and is a warning`(_ name: String) async throws {
      let deployment = try Deployment.shared()
      let value = Self.values[name] ?? "elsewhere"
      let output = try await deployment.bulkhead(["migrate", "check"], with: [name: value])
      #expect(output.status == 0, "\(output.err)")
      #expect(output.err.contains("warning: \(name): is a variable of postgresql's client library"))
      #expect(!output.err.contains(value), "the value may be a secret: \(output.err)")
      #expect(output.err.split(separator: "\n").count { $0.contains(name) } == 1, "\(output.err)")
    }

    @Test func `the list has what leads elsewhere`() {
      let names = PostgresEngine().libraryVariables
      for name in ["PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGSERVICEFILE", "PGTARGETSESSIONATTRS"] {
        #expect(names.contains(name))
      }
    }

    @Test func `the rights of another server are not taken for those of the server that is set`() async throws
    {
      let deployment = try Deployment.shared()
      let output = try await deployment.bulkhead(
        ["access", "verify"],
        with: ["DB_HOST": "db.invalid", "PGHOSTADDR": "127.0.0.1", "DB_MAX_RETRIES": "1"])
      #expect(output.status == 1, "\(output.out)")
      #expect(output.err.contains("db.invalid"), "\(output.err)")
    }

    @Test func `a service ignores them too, and says so`() async throws {
      let deployment = try Deployment.shared()
      let variables = try deployment.databaseVariables(account: "analytics-ro").merging([
        "PGHOSTADDR": "127.0.0.9", "PGSERVICE": "elsewhere", "CACHE_TYPE": "memory",
        "JWKS_URL": "http://127.0.0.1:1/jwks.json",
      ]) { $1 }
      let output = try await Program.run(
        Program.named("analytics"), ["wait", "--timeout", "20"], environment: variables,
        in: deployment.folder)
      #expect(output.status == 0, "\(output.err)")
      let checked = try await Program.run(
        Program.named("analytics"), ["--check-config"], environment: variables, in: deployment.folder)
      #expect(
        checked.err.contains("PGHOSTADDR: is a variable of postgresql's client library"), "\(checked.err)")
    }
  }
}
