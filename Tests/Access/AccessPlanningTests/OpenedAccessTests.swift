import AccessManifest
import DatabaseTestSupport
import Testing

@testable import AccessPlanning

/// The note beside a person's role, which is the whole record of an access.
struct OpenedAccessTests {
  @Test(arguments: [
    OpenedAccess.Rights.like("analytics-ro"), .grants(["users": [.select], "events": [.select, .insert]]),
  ])
  func `a note is read as it was written, with a reason of any characters`(_ rights: OpenedAccess.Rights) {
    let access = OpenedAccess(person: "ada", rights: rights, reason: "a | b 'c' \"d\"", until: 7)
    #expect(OpenedAccess(person: "ada", note: access.note, until: 7) == access)
  }

  @Test(arguments: [
    "", "service account", "bulkhead access open | like analytics-ro", "bulkhead access open | x y | z",
    "bulkhead access open | grants users | z", "bulkhead access open | grants users:read | z",
    "bulkhead access open | grants users:select;users:insert | z",
  ])
  func `another text is no access`(_ note: String) {
    #expect(OpenedAccess(person: "ada", note: note, until: 7) == nil)
  }

  @Test(arguments: [
    ("events", TableVerb.update, "table 'events' is append-only: 'update' cannot be granted"),
    ("audit_log", .delete, "table 'audit_log' is append-only: 'delete' cannot be granted"),
    (
      "schema_migrations", .insert,
      "table 'schema_migrations' belongs to the administrator: only select can be granted"
    ),
  ])
  func `a person gets no verb that the manifest refuses to accounts`(
    _ table: String, _ verb: TableVerb, _ reason: String
  ) throws {
    let manifest = try FleetManifest.load()
    func access(_ verbs: [TableVerb]) -> OpenedAccess {
      OpenedAccess(person: "bob", rights: .grants([table: verbs]), reason: "x", until: 7)
    }
    #expect(access([.select, verb]).refusal(in: manifest) == reason)
    #expect(access([.select]).refusal(in: manifest) == nil)
  }

  @Test func `the secret columns that a person reads are named`() throws {
    let manifest = try FleetManifest.load()
    func columns(_ rights: OpenedAccess.Rights) -> [String] {
      OpenedAccess(person: "bob", rights: rights, reason: "x", until: 7).secretColumns(in: manifest)
    }
    #expect(
      columns(.grants(["users": [.select], "events": [.select]])) == [
        "users.fs_uniquifier", "users.password",
      ])
    #expect(columns(.grants(["users": [.update]])) == [])
    #expect(columns(.like("analytics-ro")) == [])
    #expect(columns(.like("connector-rw")) == ["webhooks.secret"])
  }

  @Test func `a person has the grants of the account, under a name of their own`() throws {
    let manifest = try FleetManifest.load()
    let access = OpenedAccess(person: "ada", rights: .like("twitch-trigger"), reason: "x", until: 7)
    let account = try #require(access.account(in: manifest))
    #expect(account.name == "ada")
    #expect(account.grants == manifest.databaseAccount(named: "twitch-trigger")?.grants)
    let unknown = OpenedAccess(person: "ada", rights: .like("unknown-rw"), reason: "x", until: 7)
    #expect(unknown.account(in: manifest) == nil)
  }
}
