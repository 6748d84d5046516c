import Foundation
import TestSupport
import Testing

/// Schemas and settings that would lead an unpinned session elsewhere.
@Suite struct RedirectionTests {
  @Test func `a schema with an account's name and search paths redirect neither the tool nor a service`()
    async throws
  {
    try await Deployment.with(.servers) { deployment in
      for statement in [
        #"CREATE SCHEMA "migrate-admin""#, "CREATE SCHEMA elsewhere",
        #"ALTER ROLE "migrate-admin" SET search_path = elsewhere, public"#,
        "ALTER DATABASE app_db SET search_path = elsewhere, public",
      ] {
        let output = try await deployment.psql(as: "migrate-admin", statement)
        #expect(output.status == 0, "\(statement): \(output.err)")
      }
      try await deployment.succeed(["migrate", "up"])
      let found = try await deployment.psql(
        as: "migrate-admin",
        "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('users', 'events', 'schema_migrations')"
      )
      #expect(found.out.trimmingCharacters(in: .whitespacesAndNewlines) == "public", "\(found.err)")
      try await deployment.succeed(["migrate", "check"])
      try await deployment.succeed(["access", "credentials"])
      // It reports the schemas of this test as deviations, and applies the rest.
      let applied = try await deployment.bulkhead(["access", "apply"])
      #expect([0, 2].contains(applied.status), "\(applied.err)")
      for statement in [
        #"CREATE SCHEMA IF NOT EXISTS "backend-api-rw""#, #"CREATE TABLE "backend-api-rw".users (id bigint)"#,
        #"GRANT ALL ON SCHEMA "backend-api-rw" TO PUBLIC"#,
        #"ALTER ROLE "backend-api-rw" SET search_path = "backend-api-rw""#,
      ] {
        let output = try await deployment.psql(as: "migrate-admin", statement)
        #expect(output.status == 0, "\(statement): \(output.err)")
      }
      try await ServiceBehindServers.run(on: deployment) { service in
        try await service.readiness(becomes: 200)
        let client = try await service.member()
        #expect(try await client.send(.get, "/v1/settings").status == 200)
      }
    }
  }
}
