import Testing

@testable import MariaDBAdministration

/// The verifiers that MySQL compares passwords with.
@Suite struct MySQLPasswordHashTests {
  /// A verifier that MySQL 9.7 made of the password `two`.
  private static let madeByServer =
    "$A$00A$j\\Ewo9uR@O\u{04}Ex\u{1E}O\u{02}+\u{05}\u{18}whNhm27nE89kK2B.LJUU.h1xAhYVjm2j2vL5JX/PjkS0"

  @Test func `a verifier of the server is recognised by its password alone`() {
    #expect(MySQLPasswordHash.accepts(Self.madeByServer, "two"))
    #expect(!MySQLPasswordHash.accepts(Self.madeByServer, "tow"))
    #expect(!MySQLPasswordHash.accepts(String(Self.madeByServer.dropLast()), "two"))
  }

  @Test(arguments: ["", "x", String(repeating: "a long password ", count: 10), "pässwörd"])
  func `a new verifier is recognised, and no two are the same`(password: String) {
    let (first, second) = (MySQLPasswordHash.text(for: password), MySQLPasswordHash.text(for: password))
    #expect(first.utf8.count == 70 && first != second)
    #expect(MySQLPasswordHash.accepts(first, password))
    #expect(!MySQLPasswordHash.accepts(first, password + "!"))
  }

  @Test(arguments: ["", "*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9", MySQLPasswordHash.unusable])
  func `another text is no verifier of any password`(verifier: String) {
    for password in ["", "two"] { #expect(!MySQLPasswordHash.accepts(verifier, password)) }
  }
}
