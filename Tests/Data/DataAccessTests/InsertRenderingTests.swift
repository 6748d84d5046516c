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

  @Test func `an insert that assigns nothing is refused`() {
    #expect(throws: DatabaseError.self) { try Users.insert([]).render(in: .sqlite) }
    #expect(throws: DatabaseError.self) { try Users.update([]).everyRow().render(in: .sqlite) }
    #expect(throws: DatabaseError.self) { try Settings.insert(.increment(\.version)).render(in: .sqlite) }
  }

  @Test func `an upsert is spelled as the dialect has it`() throws {
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

  @Test func `an upsert into a relation that takes none is refused before it is sent`() {
    var scoped = Dialect.sqlite
    scoped.relations = ["rollups": Relation(name: "r", insertedValues: .readBack, supportsUpsert: false)]
    let insert = Rollups.insert(\.value <- 1).updating(\.value, onConflictOf: \.day)
    #expect(throws: DatabaseError.self) { try insert.render(in: scoped) }
  }

  @Test func `a returned column is asked for where the dialect can`() throws {
    let insert = InsertReturning(insert: Users.insert(\.email <- "a"), column: "id")
    #expect(
      try insert.render(in: .postgreSQL).sql == #"INSERT INTO "users" ("email") VALUES ($1) RETURNING "id""#)
    #expect(try insert.render(in: otherDialect).sql == "INSERT INTO `users` (`email`) VALUES (?)")
  }

  @Test func `a row is read back by its identity, or by a unique key that was assigned`() throws {
    let insert = InsertReturning(
      insert: PlatformIntegrations.insert(\.platform <- "twitch", \.channel <- "c", \.externalID <- "7"),
      column: "id")
    let byKey = try insert.readingBack(insertedID: nil).render(in: .postgreSQL)
    #expect(
      byKey.sql
        == #"SELECT "id" FROM "platform_integrations" WHERE ("platform" = $1 AND "external_id" = $2) LIMIT 1"#
    )
    #expect(byKey.bindings == [.text("twitch"), .text("7")])
    let byIdentity = try insert.readingBack(insertedID: 5).render(in: .postgreSQL)
    #expect(byIdentity.sql == #"SELECT "id" FROM "platform_integrations" WHERE "id" = $1 LIMIT 1"#)
  }

  @Test func `without a key to go by, reading back fails and says so`() {
    let insert = InsertReturning(insert: Webhooks.insert(\.url <- "u"), column: "id")
    let error = #expect(throws: DatabaseError.self) { try insert.readingBack(insertedID: nil) }
    #expect(error?.kind == .invalidStatement)
  }

  @Test func `many rows are split by the limit of placeholders`() {
    let insert = Events.insertMany(\.type, \.source, rows: (1...5).map { ("t\($0)", "s") })
    let chunks = insert.chunks(bindLimit: 4).map { $0.render(in: otherDialect) }
    #expect(chunks.map(\.bindings.count) == [4, 4, 2])
    #expect(chunks[0].sql == "INSERT INTO `events` (`type`, `source`) VALUES (?, ?), (?, ?)")
    #expect(chunks[2].bindings == [.text("t5"), .text("s")])
    #expect(chunks.allSatisfy { !$0.isReusable })
    #expect(Events.insertMany(\.type, rows: []).chunks(bindLimit: 4).isEmpty)
  }

  @Test func `a page asks for one row more and starts behind the key`() {
    let page = Users.select(\.email).where(\.active == true).keyed(after: 9, limit: 20, order: .ascending)
      .rendered(.postgreSQL)
    #expect(
      page.sql
        == #"SELECT "email", "id" FROM "users" WHERE ("id" > $1 AND "active" = $2) ORDER BY "id" LIMIT $3"#)
    #expect(page.bindings == [.integer(9), .boolean(true), .integer(21)])
    let backwards = Users.select(\.email).keyed(after: 9, limit: 1, order: .descending).rendered(.sqlite)
    #expect(backwards.sql == #"SELECT "email", "id" FROM "users" WHERE "id" < ? ORDER BY "id" DESC LIMIT ?"#)
  }
}
