import DataAccess
import PostgresDriver
import SQLiteDriver
import Schema
import Testing

/// A dialect that differs from both of ours in every capability, as another engine would.
let otherDialect = Dialect(
  DialectCapabilities(
    engineName: "Other", placeholders: .positional("?"), identifierQuote: "`", hasUnicodeEscapes: false,
    insertedValues: .identityInResult,
    upsert: .onDuplicateKey, returnsChangedRows: false, filtersAggregates: false,
    dayInUTC: SurroundingText(before: "DATE(", after: ")"), supportsRowLocks: true, openWriters: .unknown,
    serverMicroseconds: "SELECT 1",
    hasTransactionalDDL: false,
    typeChecks: .none, dropsIndexFromTable: true, tableExists: "SELECT 1", columnExists: "SELECT 1",
    undefinedColumnCode: "1",
    addsColumnIfMissing: false, bindLimit: 4,
    trueLiteral: "TRUE", falseLiteral: "FALSE",
    transactions: TransactionStatements(
      beginReadWrite: "START TRANSACTION", beginConsistentRead: "START TRANSACTION READ ONLY"),
    sessionLock: .writing, definitions: Dialect.sqlite.definitions,
    genericPlan: .none(because: "a test needs none"),
    types: Dialect.sqlite.types))

@Suite struct RenderingTests {
  @Test func `a select names its columns, binds its values and limits its rows`() throws {
    let query = try Users.select(\.id, \.email).where(\.active == true && \.id > 7).orderBy(\.id).limit(60)
      .rendered(.postgreSQL)
    #expect(
      query.sql
        == #"SELECT "id", "email" FROM "users" WHERE ("active" = $1 AND "id" > $2) ORDER BY "id" LIMIT $3"#)
    #expect(query.bindings == [.boolean(true), .integer(7), .integer(60)])
    #expect(query.isRead)
    #expect(query.operation == Operation(.select, table: "users"))
  }

  @Test func `placeholders and quotes are the dialect's`() throws {
    let select = Users.select(\.id).where(\.email == "a" && \.role != "b").orderBy(\.createdAt, .descending)
    #expect(
      try select.rendered(otherDialect).sql
        == "SELECT `id` FROM `users` WHERE (`email` = ? AND `role` <> ?) ORDER BY `created_at` DESC")
    #expect(
      try select.rendered(.sqlite).sql
        == #"SELECT "id" FROM "users" WHERE ("email" = ? AND "role" <> ?) ORDER BY "created_at" DESC"#)
  }

  @Test func `a limit is part of the text where it is stated, and a value elsewhere`() throws {
    let stated = try Users.select(\.id).limit(stated: 64).rendered(.postgreSQL)
    #expect(stated.sql == #"SELECT "id" FROM "users" LIMIT 64"#)
    #expect(stated.bindings == [])
    for count in [1, 50, 1_000] {
      let query = try Users.select(\.id).limit(count).rendered(.postgreSQL)
      #expect(query.sql == #"SELECT "id" FROM "users" LIMIT $1"#)
      #expect(query.bindings == [.integer(Int64(count))])
    }
  }

  @Test func `successive conditions are combined with AND`() throws {
    let query = try Users.select(\.id).where(\.active == true).where(\.confirmedAt.isNull).rendered(.sqlite)
    #expect(query.sql == #"SELECT "id" FROM "users" WHERE ("confirmed_at" IS NULL AND "active" = ?)"#)
  }

  @Test func `FOR UPDATE appears only where the engine has row locks`() throws {
    let select = Users.select(\.id).forUpdate()
    #expect(try select.rendered(.postgreSQL).sql == #"SELECT "id" FROM "users" FOR UPDATE"#)
    #expect(try select.rendered(otherDialect).sql == "SELECT `id` FROM `users` FOR UPDATE")
    #expect(try select.rendered(.sqlite).sql == #"SELECT "id" FROM "users""#)
    #expect(try !select.rendered(.sqlite).isRead)
    let skipping = Users.select(\.id).limit(stated: 1).forUpdateSkippingLocked()
    #expect(
      try skipping.rendered(.postgreSQL).sql == #"SELECT "id" FROM "users" LIMIT 1 FOR UPDATE SKIP LOCKED"#)
    #expect(try skipping.rendered(.sqlite).sql == #"SELECT "id" FROM "users" LIMIT 1"#)
    #expect(try !skipping.rendered(.sqlite).isRead)
  }

  @Test func `updates assign values and increment numbers`() throws {
    let update = Settings.update(\.value <- JSONText("{}"), .increment(\.version)).where(\.id == 3)
    let query = try update.render(in: .postgreSQL)
    #expect(
      query.sql == #"UPDATE "settings" SET "value" = $1, "version" = "version" + $2 WHERE "id" = $3"#)
    #expect(query.bindings == [.text("{}"), .integer(1), .integer(3)])
    #expect(!query.isRead)
  }

  @Test func `a statement for every row needs everyRow`() throws {
    #expect(try Sessions.delete().everyRow().render(in: .sqlite).sql == #"DELETE FROM "sessions""#)
    #expect(
      try Users.update(\.active <- false).everyRow().render(in: .sqlite).sql
        == #"UPDATE "users" SET "active" = ?"#)
  }

  @Test func `a delete names its rows`() throws {
    let query = try Sessions.delete().where(!\.revokedAt.isNull).render(in: .postgreSQL)
    #expect(query.sql == #"DELETE FROM "sessions" WHERE NOT ("revoked_at" IS NULL)"#)
  }

  @Test func `a count selects count(*)`() throws {
    let query = try Events.count().where(\.type == "a").render(in: .postgreSQL)
    #expect(query.sql == #"SELECT count(*) FROM "events" WHERE "type" = $1"#)
    #expect(query.isRead)
  }

  @Test func `a table has the name that the account sees`() throws {
    var scoped = Dialect.sqlite
    scoped.relations = [
      "platform_integrations": Relation(name: "scoped", insertedValues: .readBack, supportsUpsert: false)
    ]
    let select = try PlatformIntegrations.select(\.id).rendered(scoped)
    #expect(select.sql == #"SELECT "id" FROM "scoped""#)
    #expect(select.operation.table == "platform_integrations")
    #expect(try Users.select(\.id).rendered(scoped).sql == #"SELECT "id" FROM "users""#)
    #expect(
      try PlatformIntegrations.delete().where(\.id == 1).render(in: scoped).sql
        == #"DELETE FROM "scoped" WHERE "id" = ?"#)
  }

  @Test func `a quote inside a name is doubled`() throws {
    var strange = Dialect.sqlite
    strange.relations = ["users": Relation(name: #"a"b"#, insertedValues: .readBack, supportsUpsert: false)]
    #expect(try Users.select(\.id).rendered(strange).sql == #"SELECT "id" FROM "a""b""#)
  }

  @Test func `an unprintable character in a name or a literal is written by its number where the engine can`()
  {
    #expect(Dialect.postgreSQL.quoted("a\n\"b\\") == #"U&"a\000A""b\\""#)
    #expect(Dialect.postgreSQL.literal("x\u{1B}'\u{2028}") == #"U&'x\001B''\2028'"#)
    #expect(Dialect.postgreSQL.quoted("plain\\ü") == #""plain\ü""#)
    #expect(Dialect.sqlite.literal("x\ny") == "'x\ny'")
  }
}
