import DataAccess
import Schema
import Testing

@testable import SQLiteDriver

struct ValueTests {
  private let file: TestFile
  private let session: FileSession

  init() throws {
    file = try TestFile()
    session = try file.admin()
    try session.rows(
      "CREATE TABLE kinds (id INTEGER PRIMARY KEY, flag boolean, moment timestamp, day date, number double, body blob, note text)"
    )
  }

  @Test(arguments: [
    ("flag", DatabaseValue.boolean(true)), ("flag", .boolean(false)), ("flag", .null),
    ("moment", .timestamp(Timestamp(microsecondsSinceEpoch: 1_795_352_400_123_456))),
    ("moment", .timestamp(Timestamp(microsecondsSinceEpoch: 0))),
    ("day", .date(CalendarDate(daysSinceEpoch: 20_779))),
    ("number", .double(1.5)), ("number", .double(.greatestFiniteMagnitude)),
    ("body", .bytes([0, 1, 255])), ("body", .bytes([])),
    ("note", .text("")), ("note", .text("a\0b")), ("note", .text("žluťoučký 🐎")),
    ("note", .text("'; DROP TABLE kinds")),
    ("id", .integer(.max)), ("id", .integer(.min)),
  ])
  func `a value is read back as it was written`(_ column: String, _ value: DatabaseValue) throws {
    #expect(
      try session.rows("INSERT INTO kinds (\(column)) VALUES (?) RETURNING \(column)", value) == [[value]])
    #expect(try session.rows("SELECT \(column) FROM kinds") == [[value]])
  }

  @Test func `timestamps sort by time`() throws {
    let moments = [0, 1, 500_000, 1_000_000, 1_000_001].map { Timestamp(microsecondsSinceEpoch: $0) }
    for moment in moments.reversed() {
      try session.rows("INSERT INTO kinds (moment) VALUES (?)", .timestamp(moment))
    }
    let sorted = try session.rows("SELECT moment FROM kinds ORDER BY moment").map { $0[0] }
    #expect(sorted == moments.map { .timestamp($0) })
  }

  @Test func `reading a field as another type is a decoding error that names the column only`() throws {
    let rows = try session.run(.of("SELECT 'hidden' AS note, 7 AS number, NULL AS absent"), on: .generous)
    let error = #expect(throws: DatabaseError.self) { try rows.integer(0, 0) }
    #expect(error?.kind == .decoding)
    #expect(error?.description.contains("note") == true)
    #expect(error?.description.contains("hidden") == false)
    #expect(throws: DatabaseError.self) { try rows.text(0, 1) }
    #expect(throws: DatabaseError.self) { try rows.boolean(0, 1) }
    #expect(throws: DatabaseError.self) { try rows.timestamp(0, 0) }
    #expect(throws: DatabaseError.self) { try rows.date(0, 0) }
    #expect(throws: DatabaseError.self) { try rows.bytes(0, 2) }
    #expect(rows.isNull(0, 2) && !rows.isNull(0, 0))
    #expect(try rows.double(0, 1) == 7)
  }

  @Test func `only changed rows are counted`() throws {
    #expect(try session.run(.of("UPDATE users SET active = 0"), on: .generous).affectedRows == 2)
    #expect(
      try session.run(.of("UPDATE users SET active = 0 WHERE id = 99"), on: .generous).affectedRows == 0)
    #expect(try session.run(.of("SELECT * FROM users"), on: .generous).affectedRows == 0)
    #expect(try session.run(.of("CREATE TABLE other (id integer)"), on: .generous).affectedRows == 0)
  }
}
