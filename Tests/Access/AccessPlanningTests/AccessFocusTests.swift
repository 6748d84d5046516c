import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import Testing

/// The words after `--only`, and what they leave out.
@Suite struct AccessFocusTests {
  private let manifest: AccessManifest

  init() throws {
    manifest = try FleetManifest.load()
  }

  private func deviation(
    _ account: String, _ object: String = "users", _ privilege: String = "SELECT",
    _ kind: Deviation.Kind = .excess
  ) -> Deviation {
    Deviation(kind, account: account, object: object, privilege: privilege, message: "m")
  }

  @Test func `without a word nothing is left out`() throws {
    let focus = try AccessFocus([], in: manifest)
    #expect(focus == .everything && focus.isEverything)
    #expect(focus.covers(deviation("PUBLIC")) && focus.leftOut(of: [deviation("x")]).isEmpty)
  }

  @Test func `an account selects the sides on which it has a login`() throws {
    #expect(try AccessFocus(["analytics-ro"], in: manifest).sides == [.database])
    #expect(try AccessFocus(["analytics-cache"], in: manifest).sides == [.cache])
    #expect(try AccessFocus(["analytics-ro", "cache-admin"], in: manifest).sides == [.database, .cache])
  }

  @Test func `a side alone covers all of its accounts`() throws {
    let focus = try AccessFocus(["cache"], in: manifest)
    #expect(focus.sides == [.cache] && focus.accounts.isEmpty && !focus.isEverything)
    #expect(focus.covers(deviation("default")))
  }

  @Test(arguments: [
    (["analytics-rw"], "did you mean 'analytics-ro'?"),
    (["connector"], "but a service; its accounts are: connector-rw, connector-cache"),
    (["nothing-like-it"], "its accounts are: backend-api-rw"), (["databse"], "did you mean 'database'?"),
    (["cache", "analytics-ro"], "'analytics-ro' has no login in the cache"),
  ])
  func `a word that names nothing is refused with the nearest name`(_ words: [String], _ reason: String) {
    let failure = #expect(throws: AccessFocus.Failure.self) { try AccessFocus(words, in: manifest) }
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }

  @Test func `a focus covers the rights of its accounts, and counts the others by account`() throws {
    let focus = try AccessFocus(["analytics-ro"], in: manifest)
    let found = [
      deviation("analytics-ro"), deviation("PUBLIC"), deviation("connector-rw"), deviation("connector-rw"),
      deviation("", "a table", "TABLE", .missing), deviation("x", "y", "z", .remark),
      deviation("stranger", "analytics-ro", "MEMBER"),
    ]
    #expect(found.filter(focus.covers) == [found[0], found[6]])
    #expect(focus.leftOut(of: found) == ["PUBLIC": 1, "connector-rw": 2, "no account": 1])
  }

  @Test func `the row protection of a table belongs to an account that reads the table in part`() throws {
    let table = "platform_integrations"
    let protection = [
      deviation("PUBLIC", table, "ROW SECURITY"), deviation("connector-rw", table, "POLICY all"),
      deviation("connector-rw, twitch-trigger", table, "POLICY of two"),
      deviation("PUBLIC", table, "STATISTICS"),
    ]
    let trigger = try AccessFocus(["twitch-trigger"], in: manifest)
    #expect(protection.allSatisfy(trigger.covers))
    #expect(!trigger.covers(deviation("PUBLIC", "users", "ROW SECURITY")))
    #expect(!trigger.covers(deviation("connector-rw", table, "SELECT")))
    let reader = try AccessFocus(["analytics-ro"], in: manifest)
    #expect(!protection.contains(where: reader.covers))
  }
}
