import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Synchronization
import TestSupport
import Testing

/// A role that looks like a person's login, with a note and an end, made or changed without the tool.
@Suite(.serialized, .ownServers) struct OpenedLoginTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// Makes the role as the administrator, as `access open` does.
  private func open(until end: String, rights: String = "grants users:select,update;webhooks:select")
    async throws
  {
    try await fleet.asAdministrator(
      "CREATE ROLE backdoor LOGIN PASSWORD 'x' CONNECTION LIMIT 3",
      "DO $$ BEGIN EXECUTE format('ALTER ROLE backdoor VALID UNTIL %L', \(end)); END $$",
      "COMMENT ON ROLE backdoor IS 'bulkhead access open | \(rights) | INC-1'")
  }

  private func truth(_ condition: String) async throws -> Bool {
    try await fleet.superuser.unsafeQuery(unsafeSQL: "SELECT (\(condition))").boolean(0, 0)
  }

  @Test(arguments: ["'2999-01-01'", "now() + interval '7 days 1 minute'", "'infinity'"])
  func `a login that ends later than access open allows is an excess, and apply closes it`(_ end: String)
    async throws
  {
    try await open(until: end)
    let found = try await fleet.deviations().filter { $0.account == "backdoor" }
    #expect(found.map(\.kind) == [.excess] && found.map(\.privilege) == ["LOGIN"], "\(found.map(\.message))")
    #expect(found.first?.message.contains("7 days") == true, "\(found.map(\.message))")
    _ = try await fleet.access.apply()
    #expect(try await truth("NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backdoor')"))
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `apply gives a login no right that its note names, and reports that the login lacks it`()
    async throws
  {
    try await open(until: "now() + interval '1 day'")
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(!outcome.done.contains { $0.text.hasPrefix("GRANT ") }, "\(outcome.done.map(\.text))")
    #expect(outcome.unmended.contains { $0.account == "backdoor" && $0.object == "users" })
    #expect(outcome.unmended.allSatisfy { $0.message.contains("access close backdoor") })
    #expect(try await truth("NOT has_any_column_privilege('backdoor', 'users', 'SELECT')"))
    #expect(try await fleet.deviations().contains { $0.account == "backdoor" && $0.kind == .missing })
    try await fleet.asSuperuser("DROP OWNED BY backdoor", "DROP ROLE backdoor")
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a login that several close at once ends once`() async throws {
    let ends = Mutex(0)
    for _ in 0..<5 {
      try await open(until: "now() + interval '1 day'")
      let access = fleet.personalAccess { _ in ends.withLock { $0 += 1 } }
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<3 { group.addTask { _ = try? await access.close("backdoor") } }
      }
      _ = try? await access.close("backdoor")
      #expect(try await truth("NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'backdoor')"))
    }
    #expect(ends.withLock { $0 } == 5)
  }

  @Test func `a policy of a login that differs is removed, and no other one takes its place`() async throws {
    try await open(until: "now() + interval '1 day'", rights: "like twitch-trigger")
    try await fleet.asAdministrator(
      "CREATE POLICY \"backdoor select\" ON platform_integrations FOR SELECT TO backdoor USING (true)")
    _ = try await fleet.access.apply()
    #expect(try await truth("NOT EXISTS (SELECT FROM pg_policy WHERE polname LIKE 'backdoor%')"))
    try await fleet.asSuperuser("DROP OWNED BY backdoor", "DROP ROLE backdoor")
    #expect(try await fleet.deviations().map(\.message) == [])
  }
}
