import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

/// A second fleet on the server of the first one. Accounts belong to the server, so it must take none from the first.
@Suite(.serialized, .ownServers) struct SecondFleetTests {
  private static let administrator = "migrate-admin"
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `bootstrap replaces no password that the administrator has from another folder`() async throws {
    let folder = try TemporaryFolder()
    let other = CredentialStore(directory: folder.file("credentials"))
    for hasFile in [false, true] {
      if hasFile { _ = try other.createMissing(for: [Self.administrator]) }
      let failure = await #expect(throws: AccessError.self) {
        try await fleet.bootstrap(of: "app_two", in: other).run()
      }
      #expect(failure?.description.contains("bulkhead bootstrap --replace-passwords") == true)
      #expect(other.contains(Self.administrator) == hasFile)
      #expect(try await fleet.bootstrap.run().map(\.text) == [])
    }
    #expect(
      try await fleet.superuser.unsafeQuery(
        unsafeSQL: "SELECT count(*) FROM pg_database WHERE datname = 'app_two'"
      ).integer(0, 0) == 0)
    let name = ServerFleet.database
    let done = try await fleet.bootstrap(of: name, in: other, replacingPasswords: true).run()
    #expect(done.map(\.credentialAccount) == [Self.administrator])
    #expect(try await fleet.bootstrap(of: name, in: other).run() == [])
    _ = try await fleet.bootstrap(of: name, in: fleet.credentials, replacingPasswords: true).run()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `bootstrap knows its own passwords at each step of a rotation`() async throws {
    let folder = try TemporaryFolder()
    let own = CredentialStore(directory: folder.file("credentials"))
    let password = try fleet.credentials.password(of: Self.administrator)
    try own.replace(Self.administrator, with: password)
    func run() async throws -> Int {
      try await fleet.bootstrap(of: ServerFleet.database, in: own).run().count
    }
    #expect(try await run() == 0)
    let next = try own.addNext(to: Self.administrator, at: 1)
    #expect(try await run() == 0)
    let new = try #require(next.passwords.last).reveal()
    try await fleet.asSuperuser("ALTER ROLE \"\(Self.administrator)\" PASSWORD '\(new)'")
    #expect(try await run() == 0)
    _ = try own.promoteNext(of: Self.administrator, moment: 1)
    #expect(try await run() == 0)
    // Only the former password is there: it is of the folder, so no other fleet is shut out.
    try await fleet.asSuperuser("ALTER ROLE \"\(Self.administrator)\" PASSWORD '\(password.reveal())'")
    #expect(try await run() == 1)
    try own.forgetFormer(of: Self.administrator)
    #expect(try await run() == 0)
    _ = try await fleet.bootstrap(
      of: ServerFleet.database, in: fleet.credentials, replacingPasswords: true
    ).run()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `an account that is not in the manifest and has rights in another database can still log in`()
    async throws
  {
    try await fleet.asSuperuser("CREATE DATABASE app_two OWNER \"\(Self.administrator)\"")
    try await fleet.asAdministrator(
      "CREATE ROLE \"two-rw\" LOGIN PASSWORD 'x'", "GRANT CONNECT ON DATABASE app_two TO \"two-rw\"",
      "GRANT SELECT ON users TO \"two-rw\"")
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await fleet.canLogin("two-rw") == true)
    #expect(try await fleet.deviations().map(\.message) == [])
    let note = try await fleet.notes().first { $0.account == "two-rw" }
    #expect(note?.message.contains("it has rights in app_two") == true, "\(note?.message ?? "no note")")
    try await fleet.asAdministrator("REVOKE CONNECT ON DATABASE app_two FROM \"two-rw\"")
    _ = try await fleet.access(dropsRetired: true).apply()
    #expect(try await fleet.canLogin("two-rw") == nil)
    try await fleet.asSuperuser("DROP DATABASE app_two")
  }
}
