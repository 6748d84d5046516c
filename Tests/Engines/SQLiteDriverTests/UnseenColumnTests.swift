import DataAccess
import Testing

@testable import SQLiteDriver

/// SQLite joins by `USING` and `NATURAL` without a call of its authorizer. These tests show the hole, and that the
/// driver closes it.
struct UnseenColumnTests {
  static let leaks = [
    "SELECT password FROM (SELECT NULL AS password) FULL JOIN users USING (password)",
    "SELECT password FROM (SELECT NULL AS password) NATURAL FULL JOIN main.users",
    "SELECT 1 FROM users JOIN (SELECT 'ann@example.com' AS email) USING (email)",
    "SELECT password FROM (SELECT NULL AS password) FULL JOIN users/**/USING(password)",
    "SELECT password FROM (SELECT NULL AS password) FULL JOIN users AS \"u\"uSiNg(password)",
    "SELECT password FROM (SELECT NULL AS password) FULL JOIN (users)\u{FEFF}using(password)",
    "SELECT password FROM (SELECT NULL AS password)NATURAL FULL JOIN users",
  ]

  @Test(arguments: leaks)
  func `the authorizer alone exposes a column of a denied table, and the driver denies it`(_ sql: String)
    throws
  {
    let file = try TestFile()
    let handle = try DatabaseHandle(path: file.path, isCreating: false, limits: .restricted)
    let authorizer = try AccessSetUp(account: TestFile.connector, on: handle).authorizer
    authorizer.install(on: handle)
    #expect(throws: SQLiteFault.self) { try handle.texts("SELECT password FROM users") }
    #expect(try !handle.texts(sql).isEmpty)

    try file.session(as: TestFile.connector).denial(of: sql)
  }

  @Test func `a forbidden word is found wherever SQLite would read one`() {
    for sql in [
      "x using (y)", "USING", "(a)natural join b", "?1using", "a\u{FEFF}Natural", "'it is natural'",
      "--using",
    ] {
      #expect(ForbiddenWords.first(in: sql) != nil, "\(sql)")
    }
  }

  @Test func `a forbidden word within a longer name is allowed`() {
    for sql in ["SELECT housing", "naturally", "supernatural", "_using", "using_it", "$using", ""] {
      #expect(ForbiddenWords.first(in: sql) == nil, "\(sql)")
    }
  }

  @Test func `an unrestricted connection may use every word`() throws {
    let admin = try TestFile().admin()
    #expect(try admin.rows("SELECT 1 FROM users JOIN users AS u USING (id)").count == 2)
  }
}
