import JSON
import Routing
import Schema
import Testing

@testable import backend_api

@Suite struct UserRulesTests {
  @Test(arguments: [
    ("Ada@Example.ORG", "ada@example.org"), ("ÉMILIE@example.org", "émilie@example.org"),
    ("\u{212A}elvin@example.org", "kelvin@example.org"), ("a+b.c@x.y.z", "a+b.c@x.y.z"),
    ("ПОЧТА@пример.рф", "почта@пример.рф"),
  ])
  func `an address is stored in lower case`(given: String, kept: String) throws {
    let address = try UserRules.email(given)
    #expect(Array(address.utf8) == Array(kept.utf8))
    #expect(try UserRules.email(address) == address)
  }

  @Test(arguments: [
    "", "@", "a", "a@", "@b.c", "a@b", "a@b.", "a@.c", "a@b..c", "a@b@c.d", "a b@c.d", "a@c.d\n", "a\0@c.d",
    "a@c.d\u{7F}", "a\u{A0}@c.d", "a\u{85}@c.d", "a\u{2028}@c.d",
  ])
  func `a text that is not an address is refused`(given: String) {
    #expect(throws: Problem.self) { try UserRules.email(given) }
  }

  @Test(arguments: [
    "e\u{301}milie@example.org", "a\u{200D}b@example.org", "a\u{202E}b@example.org", "İ@example.org",
    "\u{1F71}@example.org", "\u{F900}@example.org", "\u{1112}\u{1161}@example.org", "\u{E000}@example.org",
  ])
  func `an address with a second spelling or an invisible character is refused`(given: String) {
    #expect(throws: Problem.self) { try UserRules.email(given) }
  }

  @Test(arguments: [
    BackendShapes.newUser, BackendShapes.credentials, BackendShapes.refresh, BackendShapes.resetRequest,
    BackendShapes.reset, BackendShapes.confirmation,
  ])
  func `no stranger's body is large enough for the queue of large bodies`(shape: DataShape) throws {
    let bytes = try #require(shape.maximumBytes)
    #expect(bytes + RouteDescription.whiteSpaceBytes <= BodyDecoding.bytesOnLoop)
  }

  @Test func `an address has at most 255 bytes in its stored form`() throws {
    let longest = String(repeating: "a", count: 249) + "@ab.cd"
    #expect(try UserRules.email(longest).utf8.count == 255)
    #expect(throws: Problem.self) { try UserRules.email("a" + longest) }
    // Two bytes that become three in lower case.
    let growing = String(repeating: "\u{023A}", count: 120) + "@ab.cd"
    #expect(growing.utf8.count <= 255 && growing.lowercased().utf8.count > 255)
    #expect(throws: Problem.self) { try UserRules.email(growing) }
  }

  @Test(arguments: ["87215634", "pass word", "päßwörtchen", "🐘🐘🐘🐘🐘🐘🐘🦒", String(repeating: "xy", count: 512)])
  func `a password may be any text of at least eight characters and at most 1024 bytes`(password: String)
    throws
  {
    try UserRules.checkPassword(password, email: "ada@example.org")
  }

  @Test(arguments: [
    "password1", "PassWord1", "12345678", "zzzzzzzzz", "🐘🐘🐘🐘🐘🐘🐘🐘", "ada.lovelace@example.org",
    "Ada.Lovelace@Example.org", "ada.lovelace", "ADA.LOVELACE",
  ])
  func `a password that a guesser tries first is refused with 422`(password: String) {
    let refusal = #expect(throws: Problem.self) {
      try UserRules.checkPassword(password, email: "ada.lovelace@example.org")
    }
    #expect(refusal?.status == .unprocessableContent)
    #expect(refusal?.errors.first?.field == "password")
  }

  @Test func `every common password could be chosen otherwise`() {
    #expect(GuessedPasswords.all.count > 400)
    for word in GuessedPasswords.all {
      #expect(word == word.lowercased() && word.count >= UserRules.minimumPasswordCharacters, "\(word)")
    }
  }

  @Test(arguments: ["", "1234567", "🐘🐘🐘🐘🐘", "12345678\0", String(repeating: "x", count: 1025)])
  func `a password that is too short, too long or not hashable is refused with 422`(password: String) {
    let refusal = #expect(throws: Problem.self) {
      try UserRules.checkPassword(password, email: "ada@example.org")
    }
    #expect(refusal?.status == .unprocessableContent)
    #expect(refusal?.errors.first?.field == "password")
  }

  @Test func `a role is one of the two`() throws {
    #expect(try UserRules.role("member") == "member")
    #expect(try UserRules.role("operator") == "operator")
    #expect(throws: Problem.self) { try UserRules.role("Operator") }
    #expect(UserRules.roles == ["member", "operator"])
  }

  @Test func `only a changed field ends sessions, and a new password always does`() {
    let user = Self.user
    #expect(!UserChanges(email: user.email).endsSessions(of: user))
    #expect(UserChanges(email: "other@example.org").endsSessions(of: user))
    #expect(!UserChanges(active: true).endsSessions(of: user))
    #expect(!UserChanges(role: Role.member.rawValue).endsSessions(of: user))
    #expect(UserChanges(active: false).endsSessions(of: user))
    #expect(UserChanges(role: Role.operator.rawValue).endsSessions(of: user))
    #expect(UserChanges(passwordHash: "hash").endsSessions(of: user))
  }

  @Test func `a user is encoded with every field, in snake case, with null for a missing value`() throws {
    let shown = try JSONCoding.decode(JSONValue.self, from: JSONCoding.encode(Self.user))
    guard case .object(let members) = shown else { return #expect(Bool(false), "no object") }
    #expect(
      members.map(\.name) == ["id", "email", "active", "role", "confirmed_at", "created_at", "updated_at"])
    #expect(shown["id"] == .integer(7))
    #expect(shown["confirmed_at"] == JSONValue.null)
    #expect(shown["created_at"] == .string("2023-11-14T22:13:20Z"))
  }

  private static let user = User(
    id: 7, email: "a@b.c", active: true, role: Role.member.rawValue, confirmedAt: nil,
    createdAt: Timestamp(secondsSinceEpoch: 1_700_000_000),
    updatedAt: Timestamp(secondsSinceEpoch: 1_700_000_000))
}
