import DataAccess
import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@Suite struct PredicateTests {
  private func sql(_ predicate: Predicate<Users>) throws -> String {
    let text = try Users.select(\.id).where(predicate).rendered(.postgreSQL).sql
    return String(text.dropFirst(#"SELECT "id" FROM "users" WHERE "#.count))
  }

  private func bindings(_ predicate: Predicate<Users>) throws -> [DatabaseValue] {
    try Users.select(\.id).where(predicate).rendered(.postgreSQL).bindings
  }

  @Test func `each comparison has its SQL operator`() throws {
    #expect(try sql(\.id == 1) == #""id" = $1"#)
    #expect(try sql(\.id != 1) == #""id" <> $1"#)
    #expect(try sql(\.id < 1) == #""id" < $1"#)
    #expect(try sql(\.id <= 1) == #""id" <= $1"#)
    #expect(try sql(\.id > 1) == #""id" > $1"#)
    #expect(try sql(\.id >= 1) == #""id" >= $1"#)
  }

  @Test func `a comparison with nil means IS NULL`() throws {
    #expect(try sql(\.confirmedAt == nil) == #""confirmed_at" IS NULL"#)
    #expect(try sql(\.confirmedAt != nil) == #""confirmed_at" IS NOT NULL"#)
    #expect(try sql(\.confirmedAt == Timestamp(secondsSinceEpoch: 0)) == #""confirmed_at" = $1"#)
  }

  @Test func `and, or and not keep the written grouping`() throws {
    #expect(
      try sql(\.id == 1 && (\.role == "a" || \.role == "b"))
        == #"("id" = $1 AND ("role" = $2 OR "role" = $3))"#)
    #expect(
      try sql(\.id == 1 && \.role == "a" || \.role == "b") == #"(("id" = $1 AND "role" = $2) OR "role" = $3)"#
    )
    #expect(try sql(!(\.id == 1)) == #"NOT ("id" = $1)"#)
    #expect(try sql(\.confirmedAt.isNull && \.id == 1) == #"("confirmed_at" IS NULL AND "id" = $1)"#)
    #expect(try sql(\.id == 1 || \.confirmedAt.isNull) == #"("id" = $1 OR "confirmed_at" IS NULL)"#)
  }

  @Test func `membership in an empty list is never true`() throws {
    #expect(try sql(.in(\.id, [1, 2])) == #""id" IN ($1, $2)"#)
    #expect(try sql(.in(\.id, [])) == "1 = 0")
  }

  @Test func `membership in a selection has its values in the order of the text`() throws {
    let tokens =
      Predicate<Users>.in(
        \.id, Sessions.select(\.userID).where(.in(\.id, [7, 8]))) && \.active == true
    #expect(
      try sql(tokens)
        == #"("id" IN (SELECT "user_id" FROM "sessions" WHERE "id" IN ($1, $2)) AND "active" = $3)"#)
    #expect(try bindings(tokens) == [.integer(7), .integer(8), .boolean(true)])
  }

  @Test func `values never reach the text`() throws {
    let hostile = "'; DROP TABLE users; --"
    let query = try Users.select(\.id).where(\.email == hostile).rendered(.sqlite)
    #expect(!query.sql.contains("DROP"))
    #expect(query.bindings == [.text(hostile)])
  }

  @Test func `every column type becomes the value of its kind`() {
    #expect(DatabaseValue(Int64(1)) == .integer(1))
    #expect(DatabaseValue(2) == .integer(2))
    #expect(DatabaseValue(true) == .boolean(true))
    #expect(DatabaseValue("a") == .text("a"))
    #expect(DatabaseValue(1.5) == .double(1.5))
    #expect(DatabaseValue([UInt8]([1])) == .bytes([1]))
    #expect(DatabaseValue(JSONText("{}")) == .text("{}"))
    #expect(DatabaseValue(CalendarDate(daysSinceEpoch: 1)) == .date(CalendarDate(daysSinceEpoch: 1)))
    #expect(DatabaseValue(Timestamp(secondsSinceEpoch: 1)) == .timestamp(Timestamp(secondsSinceEpoch: 1)))
    #expect(DatabaseValue(Int64?.none) == .null)
    #expect(DatabaseValue(Int64?.some(4)) == .integer(4))
  }
}
