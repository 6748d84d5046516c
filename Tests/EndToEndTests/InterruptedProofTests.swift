import Foundation
import TestSupport
import Testing

/// A proof that ends in the middle, with its rows in the tables.
@Suite(.serialized) struct InterruptedProofTests {
  /// Waits in the server until a proof has placed its rows, and holds their table for a while.
  private static let hold = """
    DO $$ BEGIN
    FOR round IN 1..20000 LOOP
    EXIT WHEN EXISTS (SELECT FROM platform_integrations WHERE channel LIKE 'bulkhead-probe-%');
    PERFORM pg_sleep(0.001);
    END LOOP;
    LOCK TABLE platform_integrations;
    PERFORM pg_sleep(3);
    END $$
    """

  @Test(arguments: [SIGKILL, SIGTERM, SIGINT])
  func `a proof that a signal ends leaves no row and no session on the server`(_ signal: Int32) async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      async let holding = deployment.superuser(of: servers, Self.hold)
      let proof = try Started(
        Program.named("bulkhead"), ["access", "prove"], environment: deployment.environment,
        in: deployment.folder)
      try await eventually("the rows are there, and their table is held") {
        try await deployment.superuser(of: servers, Self.held) == "t\n"
      }
      proof.send(signal)
      #expect(try await proof.ends())
      _ = try await holding
      try await eventually("the server has removed the rows and ended the sessions") {
        try await deployment.superuser(of: servers, Self.left) == "0\n"
      }
      #expect(try await deployment.bulkhead(["access", "prove"]).status == 0)
    }
  }

  private static let held = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'platform_integrations'::regclass AND granted
    AND mode = 'AccessExclusiveLock')
    """

  private static let left = """
    SELECT (SELECT count(*) FROM platform_integrations) + (SELECT count(*) FROM events)
    + (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
    """
}
