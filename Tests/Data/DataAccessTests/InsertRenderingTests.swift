import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import DataAccess

@Suite struct InsertRenderingTests {
  @Test func `an insert names columns and binds values`() throws {
    let query = try Users.insert(\.email <- "a@b", \.confirmedAt <- nil).render(in: .postgreSQL)
    #expect(query.sql == #"INSERT INTO "users" ("email", "confirmed_at") VALUES ($1, $2)"#)
    #expect(query.bindings == [.text("a@b"), .null])
  }

  @Test func `an insert or update without an assigned value is refused`() throws {
    #expect(throws: DatabaseError.self) { try Users.insert([]).render(in: .sqlite) }
    #expect(throws: DatabaseError.self) { try Users.update([]).everyRow().render(in: .sqlite) }
    #expect(throws: DatabaseError.self) { try Settings.insert(.increment(\.version)).render(in: .sqlite) }
  }

  @Test func `an upsert has the dialect's syntax`() throws {
    let insert = Rollups.insert(\.metric <- "m", \.value <- 1)
      .updating(\.value, onConflictOf: \.day, \.metric)
    #expect(
      try insert.render(in: .postgreSQL).sql
        == #"INSERT INTO "rollups" ("metric", "value") VALUES ($1, $2)"#
        + #" ON CONFLICT ("day", "metric") DO UPDATE SET "value" = excluded."value""#)
    #expect(
      try insert.render(in: otherDialect).sql
        == "INSERT INTO `rollups` (`metric`, `value`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `value` = VALUES(`value`)"
    )
  }

  @Test func `an upsert into a relation without upsert is refused before it is sent`() throws {
    var scoped = Dialect.sqlite
    scoped.relations = ["rollups": Relation(name: "r", insertedValues: .readBack, supportsUpsert: false)]
    let insert = Rollups.insert(\.value <- 1).updating(\.value, onConflictOf: \.day)
    #expect(throws: DatabaseError.self) { try insert.render(in: scoped) }
  }

  @Test func `a returned column appears where the dialect supports it`() throws {
    let insert = Users.insert(\.email <- "a").returning(ColumnName(\Users.id))
    #expect(
      try insert.render(in: .postgreSQL).sql == #"INSERT INTO "users" ("email") VALUES ($1) RETURNING "id""#)
    #expect(try insert.render(in: otherDialect).sql == "INSERT INTO `users` (`email`) VALUES (?)")
  }

  @Test func `a row is read back by its identity, or by a unique key that was assigned`() throws {
    let insert = PlatformIntegrations.insert(\.platform <- "twitch", \.channel <- "c", \.externalID <- "7")
    let id = ColumnName(\PlatformIntegrations.id)
    let byKey = try insert.readingBack(id, insertedID: nil).render(in: .postgreSQL)
    #expect(
      byKey.sql
        == #"SELECT "id" FROM "platform_integrations" WHERE ("platform" = $1 AND "external_id" = $2) LIMIT 1"#
    )
    #expect(byKey.bindings == [.text("twitch"), .text("7")])
    let byIdentity = try insert.readingBack(id, insertedID: 5).render(in: .postgreSQL)
    #expect(byIdentity.sql == #"SELECT "id" FROM "platform_integrations" WHERE "id" = $1 LIMIT 1"#)
  }

  @Test func `without an assigned key, reading back fails with the reason`() throws {
    let insert = Webhooks.insert(\.url <- "u")
    let error = #expect(throws: DatabaseError.self) {
      try insert.readingBack(ColumnName(\Webhooks.id), insertedID: nil)
    }
    #expect(error?.kind == .invalidStatement)
  }

  @Test func `many rows are split by the limit of placeholders`() throws {
    let insert = Events.insertMany(\.type, \.source, rows: (1...5).map { ("t\($0)", "s") })
    let chunks = try insert.chunks(bindLimit: 4).map { try $0.render(in: otherDialect) }
    #expect(chunks.map(\.bindings.count) == [4, 4, 2])
    #expect(chunks[0].sql == "INSERT INTO `events` (`type`, `source`) VALUES (?, ?), (?, ?)")
    #expect(chunks[2].bindings == [.text("t5"), .text("s")])
    #expect(chunks.allSatisfy { !$0.isReusable })
    #expect(Events.insertMany(\.type, rows: []).chunks(bindLimit: 4).isEmpty)
  }

  @Test func `a page selects one row more and starts after the key`() throws {
    let page = try Users.select(\.email).where(\.active == true).keyed(
      after: 9, limit: 20, order: .identity()
    )
    .rendered(.postgreSQL)
    #expect(
      page.sql
        == #"SELECT "email", "id" FROM "users" WHERE ("id" > $1 AND "active" = $2) ORDER BY "id" LIMIT $3"#)
    #expect(page.bindings == [.integer(9), .boolean(true), .integer(21)])
    let backwards = try Users.select(\.email).keyed(after: 9, limit: 1, order: .identity(.descending))
      .rendered(.sqlite)
    #expect(backwards.sql == #"SELECT "email", "id" FROM "users" WHERE "id" < ? ORDER BY "id" DESC LIMIT ?"#)
    let usual = try Users.select(\.email).keyed(after: 9, limit: 50, order: .identity()).rendered(.postgreSQL)
    #expect(usual.sql.hasSuffix(" LIMIT 51"))
    #expect(usual.bindings == [.integer(9)])
  }

  @Test func `of the lengths of pages that a client can choose, three have texts of their own`() throws {
    let pages = try (1...200).map { limit in
      try Users.select(\.email).keyed(after: 9, limit: limit, order: .identity()).rendered(.postgreSQL)
    }
    let start = #"SELECT "email", "id" FROM "users" WHERE "id" > $1 ORDER BY "id" LIMIT "#
    #expect(Set(pages.map(\.sql)) == Set(["51", "101", "201", "$2"].map { start + $0 }))
    #expect(pages[48].bindings == [.integer(9), .integer(50)])
  }
}
