import AccessPlanning
import DataAccess
import TestSupport
import Testing

/// Settings that a session has from its login, and rights beside the fleet's database.
@Suite(.serialized, .ownServers) struct SessionSettingTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  /// The next statement of the administrator begins a new session.
  private func reconnectAdministrator() async throws {
    try await fleet.asSuperuser(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'migrate-admin'")
    try await eventually("the administrator is connected again") {
      (try? await fleet.asAdministrator("SELECT 1")) != nil
    }
  }

  @Test func `apply says which sessions keep the setting that it has corrected`() async throws {
    try await fleet.asSuperuser(#"ALTER ROLE "analytics-ro" SET statement_timeout = '200ms'"#)
    try await fleet.withSession(
      as: "analytics-ro", password: try fleet.credentials.password(of: "analytics-ro")
    ) { session in
      try await session.run("SELECT 1")
      let outcome = try #require(try await fleet.access.apply().first?.value)
      let note = outcome.notes.first { $0.contains("sessions of analytics-ro") }
      #expect(note?.contains("keep the former statement_timeout: restart") == true, "\(outcome.notes)")
      #expect(!outcome.notes.contains { $0.contains("sessions of connector-rw") }, "\(outcome.notes)")
    }
    #expect(try await fleet.deviations() == [])
  }

  @Test func `a setting that apply has just reset is not among what no step mends`() async throws {
    try await fleet.asSuperuser(
      "CREATE DATABASE beside", #"GRANT CONNECT ON DATABASE beside TO "analytics-ro""#,
      "ALTER DATABASE app_db SET statement_timeout = '1s'", "ALTER DATABASE app_db SET lock_timeout = '1ms'")
    // A new session of the administrator begins with the setting.
    try await reconnectAdministrator()
    let outcome = try #require(try await fleet.access.apply().first?.value)
    #expect(outcome.done.contains { $0.text.contains(#"RESET "lock_timeout""#) }, "\(outcome.done)")
    #expect(outcome.unmended.map(\.object) == ["database beside"], "\(outcome.unmended.map(\.message))")
    try await fleet.asSuperuser("DROP DATABASE beside")
    try await reconnectAdministrator()
    #expect(try await fleet.deviations() == [])
  }

  @Test func `rights on the database before a restore end by the statement that the deviation names`()
    async throws
  {
    _ = try await fleet.bootstrap(of: "former_db").run()
    try await fleet.asAdministrator(
      #"GRANT CONNECT ON DATABASE former_db TO "analytics-ro", "connector-rw""#)
    let found = try await fleet.deviations()
    #expect(found.map(\.account).sorted() == ["analytics-ro", "connector-rw"], "\(found.map(\.message))")
    for deviation in found {
      let statement = try #require(deviation.message.range(of: "REVOKE ALL ON DATABASE")).lowerBound
      try await fleet.asAdministrator(String(deviation.message[statement...]))
    }
    #expect(try await fleet.deviations() == [])
    try await fleet.asSuperuser("DROP DATABASE former_db")
  }
}
