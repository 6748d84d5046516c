import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import DataAccess

/// The text of aggregates in three dialects, of which one has neither FILTER nor a type for days.
@Suite struct AggregateRenderingTests {
  private let day = Events.aggregate(.day(of: \.occurredAt), .count()).where(\.type == "a")
  private let roles = Users.aggregate(.count(where: \.active == true), .max(\.createdAt))

  @Test func `the keys of an aggregate group its rows`() throws {
    #expect(
      try day.body.render(in: .postgreSQL).sql
        == #"SELECT CAST("occurred_at" AT TIME ZONE 'UTC' AS date), count(*) FROM "events" WHERE "type" = $1"#
        + #" GROUP BY CAST("occurred_at" AT TIME ZONE 'UTC' AS date)"#)
    #expect(
      try day.body.render(in: .sqlite).sql
        == #"SELECT date("occurred_at"), count(*) FROM "events" WHERE "type" = ? GROUP BY date("occurred_at")"#
    )
  }

  @Test func `a filter is a FILTER clause, or a CASE where the dialect has none`() throws {
    #expect(
      try roles.body.render(in: .postgreSQL).sql
        == #"SELECT count(*) FILTER (WHERE "active" = $1), max("created_at") FROM "users""#)
    #expect(
      try roles.body.render(in: otherDialect).sql
        == "SELECT count(CASE WHEN `active` = ? THEN 1 END), max(`created_at`) FROM `users`")
  }

  @Test func `values of filters and conditions are bound in the order of the text`() throws {
    let (role, id): (Predicate<Users>, Predicate<Users>) = (\.role == "a", \.id > 2)
    let query = try Users.aggregate(.count(where: role), .count(where: id)).where(\.active == true)
      .body.render(in: .postgreSQL)
    #expect(
      query.sql
        == #"SELECT count(*) FILTER (WHERE "role" = $1), count(*) FILTER (WHERE "id" > $2) FROM "users""#
        + #" WHERE "active" = $3"#)
    #expect(query.bindings == [.text("a"), .integer(2), .boolean(true)])
  }

  @Test func `several aggregates stand side by side or below each other`() throws {
    let parts = [Users.aggregate(.count()).body, Sessions.aggregate(.count()).where(\.id > 1).body]
    #expect(
      try AggregateSet(parts: parts, arrangement: .beside).render(in: .postgreSQL).sql
        == #"SELECT * FROM (SELECT count(*) AS t0 FROM "users") AS p0 CROSS JOIN"#
        + #" (SELECT count(*) AS t0 FROM "sessions" WHERE "id" > $1) AS p1"#)
    #expect(
      try AggregateSet(parts: parts, arrangement: .below).render(in: .sqlite).sql
        == #"SELECT 0, count(*) FROM "users" UNION ALL SELECT 1, count(*) FROM "sessions" WHERE "id" > ?"#)
  }

  @Test func `a statement has at least one aggregate and at most eight`() {
    let part = Users.aggregate(.count()).body
    for count in [0, 9] {
      let set = AggregateSet(parts: Array(repeating: part, count: count), arrangement: .below)
      #expect(throws: DatabaseError.self) { try set.render(in: .sqlite) }
    }
  }
}
