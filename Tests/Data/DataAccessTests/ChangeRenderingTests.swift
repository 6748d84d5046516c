import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import DataAccess

/// The text of inserts that meet a known key, of changes that return columns, of pages and of joins.
@Suite struct ChangeRenderingTests {
  @Test func `an insert that ignores a known key has the dialect's syntax`() throws {
    let insert = Rollups.insert(\.metric <- "m").ignoringConflict(
      of: [ColumnName(\Rollups.day), ColumnName(\Rollups.metric)])
    #expect(
      try insert.render(in: .postgreSQL).sql
        == #"INSERT INTO "rollups" ("metric") VALUES ($1) ON CONFLICT ("day", "metric") DO NOTHING"#)
    #expect(
      try insert.render(in: otherDialect).sql
        == "INSERT INTO `rollups` (`metric`) VALUES (?) ON DUPLICATE KEY UPDATE `day` = `day`")
  }

  @Test func `many rows can update those with a known key`() throws {
    let insert = Rollups.insertMany(\.metric, \.value, rows: [("a", Int64(1)), ("b", Int64(2))])
      .updating(\.value, onConflictOf: \.metric)
    #expect(
      try insert.chunks(bindLimit: 10)[0].render(in: .sqlite).sql
        == #"INSERT INTO "rollups" ("metric", "value") VALUES (?, ?), (?, ?)"#
        + #" ON CONFLICT ("metric") DO UPDATE SET "value" = excluded."value""#)
  }

  @Test func `a change returns columns of its rows`() throws {
    let columns = [ColumnName(\Settings.id), ColumnName(\Settings.version)]
    let update = Settings.update(.increment(\.version)).where(\.id == 3)
    #expect(
      try ChangeReturning(change: update.body, columns: columns).render(in: .postgreSQL).sql
        == #"UPDATE "settings" SET "version" = "version" + $1 WHERE "id" = $2 RETURNING "id", "version""#)
    #expect(
      try ChangeReturning(change: Settings.delete().where(\.id == 3).body, columns: columns).render(
        in: .sqlite
      )
      .sql
        == #"DELETE FROM "settings" WHERE "id" = ? RETURNING "id", "version""#)
  }

  @Test func `a page in an order of several columns begins behind the key`() throws {
    let order = PageOrder<Events>.by(\.occurredAt, .descending).then(\.id)
    let moment = Timestamp(secondsSinceEpoch: 5)
    let page = try Events.select(\.type).keyed(
      after: PageKey([.timestamp(moment), .integer(7)]), limit: 2, order: order
    ).rendered(.postgreSQL)
    #expect(
      page.sql
        == #"SELECT "type", "occurred_at", "id" FROM "events" WHERE ("occurred_at" <= $1 AND"#
        + #" ("occurred_at" < $2 OR ("occurred_at" = $3 AND "id" > $4)))"#
        + #" ORDER BY "occurred_at" DESC, "id" LIMIT $5"#)
    #expect(
      page.bindings
        == [.timestamp(moment), .timestamp(moment), .timestamp(moment), .integer(7), .integer(3)])
  }

  @Test func `an order that is not unique, or may be NULL, is refused`() {
    let orders: [PageOrder<Users>] = [
      .by(\.createdAt), .by(\.role).then(\.active), PageOrder<Users>.by(\.confirmedAt).then(\.id),
    ]
    for order in orders {
      let error = #expect(throws: DatabaseError.self) {
        try Users.select(\.id).keyed(after: nil, limit: 1, order: order)
      }
      #expect(error?.kind == .invalidStatement)
    }
    #expect(throws: Never.self) {
      try Users.select(\.id).keyed(after: nil, limit: 1, order: .by(\.role).then(\.email))
    }
  }

  @Test(arguments: [
    PageKey([]), 7, PageKey([.text("a"), .integer(1)]), PageKey([.null, .integer(1)]),
    PageKey([.timestamp(Timestamp(secondsSinceEpoch: 1)), .integer(1), .integer(1)]),
  ])
  func `a key of another order is refused as out of range, because it came from a client`(key: PageKey) {
    let error = #expect(throws: DatabaseError.self) {
      try Events.select(\.id).keyed(after: key, limit: 1, order: .by(\.occurredAt).then(\.id))
    }
    #expect(error?.kind == .valueOutOfRange)
  }

  @Test func `a join waits for its right table, and its errors name the table of each column`() {
    let join = Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.id), .right(\.email)).body
    #expect(join.operation.description == "select sessions with users")
    // While the users are locked, the sessions alone stay readable.
    #expect(join.operation.concerns(Users.select(\.id).body.operation))
    #expect(!join.operation.concerns(Sessions.select(\.id).body.operation))
    #expect([0, 1].map(join.place) == ["sessions.id", "users.email"])
  }

  @Test func `a join qualifies every column by its table`() throws {
    let join = Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.id), .right(\.email))
      .where(left: \.revokedAt == nil && \.id > 3)
    let query = try join.body.render(in: .postgreSQL)
    #expect(
      query.sql
        == #"SELECT "sessions"."id", "users"."email" FROM "sessions" JOIN "users""#
        + #" ON "sessions"."user_id" = "users"."id""#
        + #" WHERE ("sessions"."revoked_at" IS NULL AND "sessions"."id" > $1) LIMIT 1"#)
    #expect(query.bindings == [.integer(3)])
    #expect(throws: DatabaseError.self) {
      try Users.join(Users.self, on: \.id, \.id).select(.left(\.id)).body.render(in: .sqlite)
    }
  }
}
