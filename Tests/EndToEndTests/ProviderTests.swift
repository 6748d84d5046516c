import Foundation
import Testing

/// A database whose superuser belongs to a provider.
///
/// The account has what RDS gives its master user: LOGIN, CREATEROLE, CREATEDB, and a role of the provider that is a
/// member of some predefined roles. Cloud SQL and Azure give the same under other names.
@Suite(.serialized) struct ProviderTests {
  private static let administrator = "provider-admin"
  private static let password = "a password of this test alone"

  /// Creates the provider's roles, and the database where the provider creates it.
  private static func provide(
    withDatabase: Bool
  ) -> (Deployment, ServersUnderTest) async throws -> [String: String] {
    { deployment, servers in
      let name = "\"\(administrator)\""
      for statement in [
        "CREATE ROLE \"provider-superuser\" NOLOGIN",
        "GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO \"provider-superuser\" WITH ADMIN OPTION",
        "CREATE ROLE \(name) LOGIN CREATEROLE CREATEDB PASSWORD '\(password)' IN ROLE \"provider-superuser\"",
      ] + (withDatabase ? ["CREATE DATABASE app_db OWNER \(name)"] : []) {
        _ = try await deployment.superuser(of: servers, in: "postgres", statement)
      }
      let file = deployment.folder.appendingPathComponent("provider").path
      guard
        FileManager.default.createFile(
          atPath: file, contents: Data(password.utf8), attributes: [.posixPermissions: 0o600])
      else { throw Program.Failure("cannot write \(file)") }
      try manifest(deployment)
      return ["DB_USER": administrator, "DB_PASS_FILE": file, "ACCESS_MANIFEST": manifestPath(deployment)]
    }
  }

  private static func manifestPath(_ deployment: Deployment) -> String {
    deployment.folder.appendingPathComponent("access.yaml").path
  }

  /// The manifest lists the provider's roles as those of others, as the documentation says.
  private static func manifest(_ deployment: Deployment) throws {
    let path = Program.checkout.appendingPathComponent("deploy/access.yaml")
    let text = try String(contentsOf: path, encoding: .utf8)
    let listed = text.replacing(
      "roles: [streaming_replica,", with: "roles: [\"provider-*\", streaming_replica,")
    try listed.write(toFile: manifestPath(deployment), atomically: true, encoding: .utf8)
  }

  @Test(arguments: [true, false])
  func `a fleet is set up, verified and proven without a superuser, and what stays open is named`(
    ofProvidersDatabase: Bool
  ) async throws {
    try await Deployment.with(.servers, preparing: Self.provide(withDatabase: ofProvidersDatabase)) {
      deployment in
      let manifest = ["ACCESS_MANIFEST": Self.manifestPath(deployment)]
      for arguments in [["migrate", "up"], ["access", "credentials"], ["access", "apply"]] {
        let output = try await deployment.bulkhead(arguments, with: manifest)
        #expect(output.status == 0, "\(arguments): \(output.out)\n\(output.err)")
      }
      for command in ["plan", "apply"] {
        let output = try await deployment.bulkhead(["access", command], with: manifest)
        #expect(output.status == 0 && output.out.contains("PostgreSQL: nothing to do"), "\(output.out)")
      }
      try await Self.expectResidues(deployment, manifest)
      guard ofProvidersDatabase else { return }
      let proof = try await deployment.bulkhead(["access", "prove", "--json"], with: manifest)
      #expect(proof.status == 0, "\(Self.violations(proof.out))\n\(proof.err)")
      #expect(proof.out.contains("functions that only the provider's superuser can withhold"))
      #expect(proof.out.contains("rules of logins that cannot be read"))
      try await Self.expectDrift(deployment, manifest)
    }
  }

  private static func violations(_ report: String) -> Substring {
    report.range(of: "violation_list").map { report[$0.lowerBound...].prefix(2_000) } ?? report.prefix(500)
  }

  private static func expectResidues(_ deployment: Deployment, _ manifest: [String: String]) async throws {
    let verified = try await deployment.bulkhead(["access", "verify"], with: manifest)
    #expect(verified.status == 0, "\(verified.out)")
    let residues = verified.out.split(separator: "\n").filter { $0.contains("residue: ") }
    for word in ["pg_advisory_lock", "lo_create", "pg_logical_emit_message", administrator, "pg_hba.conf"] {
      #expect(residues.contains { $0.contains(word) }, "\(word) in \(verified.out)")
    }
    // The bootstrap's own membership has ended.
    #expect(!verified.out.contains("excess"), "\(verified.out)")
  }

  /// A hole that the administrator can close is a deviation on such a server too.
  private static func expectDrift(_ deployment: Deployment, _ manifest: [String: String]) async throws {
    let change = try await deployment.psql(as: "migrate-admin", "GRANT SELECT ON users TO PUBLIC")
    #expect(change.status == 0, "\(change.err)")
    #expect(try await deployment.bulkhead(["access", "verify"], with: manifest).status == 2)
    #expect(try await deployment.bulkhead(["access", "apply"], with: manifest).status == 0)
    #expect(try await deployment.bulkhead(["access", "verify"], with: manifest).status == 0)
  }

  @Test func `a superuser's server has no such residue, and an account without CREATEROLE runs no bootstrap`()
    async throws
  {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      for statement in [
        "GRANT EXECUTE ON FUNCTION pg_export_snapshot() TO PUBLIC", "CREATE ROLE eve",
        "GRANT \"migrate-admin\" TO eve WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
      ] {
        _ = try await deployment.superuser(of: servers, statement)
      }
      let verified = try await deployment.bulkhead(["access", "verify"])
      #expect(verified.status == 2 && !verified.out.contains("residue"), "\(verified.out)")
      #expect(verified.out.contains("eve is a member of migrate-admin"), "\(verified.out)")
      let refused = try await deployment.bulkhead(
        ["bootstrap"],
        with: ["DB_USER": "connector-rw", "DB_PASS_FILE": deployment.credential("connector-rw")])
      #expect(refused.status == 1 && refused.err.contains("may not create roles"), "\(refused.err)")
    }
  }
}
