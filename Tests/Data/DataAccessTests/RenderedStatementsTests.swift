import PostgresDriver
import SQLiteDriver
import Schema
import Testing

@testable import DataAccess

@Suite struct RenderedStatementsTests {
  private let rendered = RenderedStatements(.sqlite)

  private func query(_ statement: some WrittenStatement) throws(DatabaseError) -> Query {
    try statement.query(from: rendered)
  }

  @Test func `a statement with other values is not rendered again`() throws {
    let first = try query(Users.select(\.id, \.email).where(\.email == "a" && \.id > 1).limit(5).body)
    let second = try query(Users.select(\.id, \.email).where(\.email == "b" && \.id > 2).limit(9).body)
    #expect(first.statement === second.statement)
    #expect(first.bindings == [.text("a"), .integer(1), .integer(5)])
    #expect(second.bindings == [.text("b"), .integer(2), .integer(9)])
    #expect(rendered.count == 1)
  }

  @Test func `statements that differ in one part have texts of their own`() throws {
    let statements: [any Statement] = try [
      Users.select(\.id).body, Users.select(\.email).body, Users.select(\.id, \.email).body,
      Users.select(\.email, \.id).body, Sessions.select(\.id).body, Users.count(),
      Users.select(\.id).where(\.id == 1).body, Users.select(\.id).where(\.id != 1).body,
      Users.select(\.id).where(\.id < 1).body, Users.select(\.id).where(\.id <= 1).body,
      Users.select(\.id).where(\.id > 1).body, Users.select(\.id).where(\.id >= 1).body,
      Users.select(\.id).where(!(\.id == 1)).body, Users.select(\.id).where(\.confirmedAt.isNull).body,
      Users.select(\.id).where(\.confirmedAt != nil).body,
      Users.select(\.id).where(\.confirmedAt != Timestamp(secondsSinceEpoch: 0)).body,
      Users.select(\.id).where(\.id == 1 && \.email == "a").body,
      Users.select(\.id).where(\.id == 1 || \.email == "a").body,
      Users.select(\.id).where(.in(\.id, [])).body, Users.select(\.id).where(.in(\.id, [1])).body,
      Users.select(\.id).where(.in(\.id, [1, 2])).body,
      Users.select(\.id).orderBy(\.id).body, Users.select(\.id).orderBy(\.email).body,
      Users.select(\.id).orderBy(\.id, .descending).body,
      Users.select(\.id).limit(2).body, Users.select(\.id).limit(stated: 1).body,
      Users.select(\.id).limit(stated: 50).body, Users.select(\.id).limit(stated: 100).body,
      Users.select(\.email).keyed(after: nil, limit: 2, order: .identity()).body,
      Users.select(\.email).keyed(after: 3, limit: 2, order: .identity()).body,
      Users.select(\.email).keyed(after: 3, limit: 2, order: .identity(.descending)).body,
      Events.select(\.type).keyed(
        after: PageKey([.timestamp(Timestamp(secondsSinceEpoch: 1)), .integer(1)]), limit: 2,
        order: .by(\.occurredAt, .descending).then(\.id)
      ).body,
      Events.select(\.type).keyed(
        after: PageKey([.timestamp(Timestamp(secondsSinceEpoch: 1)), .integer(1)]), limit: 2,
        order: .by(\.occurredAt).then(\.id)
      ).body,
      Users.aggregate(.count(where: \.active == true)).body,
      Users.aggregate(.count(where: \.active != true)).body, Users.aggregate(.max(\.createdAt)).body,
      Users.aggregate(.min(\.createdAt)).body, Users.aggregate(.day(of: \.createdAt), .count()).body,
      AggregateSet(parts: [Users.aggregate(.count()).body], arrangement: .beside),
      AggregateSet(parts: [Users.aggregate(.count()).body], arrangement: .below),
      AggregateSet(
        parts: [Users.aggregate(.count()).body, Sessions.aggregate(.count()).body], arrangement: .below),
      Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.id)).body,
      Sessions.join(Users.self, on: \.userID, \.id).select(.right(\.id)).body,
      Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.id)).where(left: \.id == 1).body,
      Users.insert(\.email <- "a").ignoringConflict(of: [ColumnName(\Users.email)]),
      ChangeReturning(change: Users.delete().everyRow().body, columns: [ColumnName(\Users.id)]),
      ChangeReturning(change: Users.update(\.email <- "a").everyRow().body, columns: [ColumnName(\Users.id)]),
      Users.insert(\.email <- "a"), Users.insert(\.role <- "a"), Users.insert(\.email <- "a", \.role <- "b"),
      Users.insert(\.email <- "a").returning(ColumnName(\Users.id)),
      Users.insert(\.email <- "a").returning(ColumnName(\Users.email)),
      Users.insert(\.email <- "a").updating(\.role, onConflictOf: \.email),
      Users.insert(\.email <- "a").updating(\.email, onConflictOf: \.role),
      Users.update(\.email <- "a").everyRow(), Users.update(\.email <- "a").where(\.id == 1),
      Settings.update(\.version <- 1).everyRow(), Settings.update(.increment(\.version)).everyRow(),
      Users.delete().everyRow(), Users.delete().where(\.id == 1), Sessions.delete().everyRow(),
    ]
    var texts: Set<String> = []
    // Twice, and each time with the result of a rendering for this use only.
    for statement in statements + statements {
      let kept = try statement.query(from: rendered)
      let fresh = try statement.render(in: .sqlite)
      #expect(kept.sql == fresh.sql)
      #expect(kept.bindings == fresh.bindings)
      texts.insert(kept.sql)
    }
    #expect(texts.count == statements.count)
    #expect(rendered.count == statements.count)
  }

  @Test func `a locking select is a write, even with the text of a read`() throws {
    let read = try query(Users.select(\.id).body)
    let locking = try query(Users.select(\.id).forUpdate().body)
    #expect(read.sql == locking.sql)
    #expect(read.isRead && !locking.isRead)
    #expect(try query(Users.select(\.id).body).isRead)
  }

  @Test func `another dialect renders again, with its own names of tables`() throws {
    let statement = PlatformIntegrations.select(\.id).body
    #expect(try query(statement).sql == #"SELECT "id" FROM "platform_integrations""#)
    var scoped = Dialect.sqlite
    scoped.relations = [
      "platform_integrations": Relation(name: "scoped", insertedValues: .readBack, supportsUpsert: false)
    ]
    rendered.follow(scoped)
    #expect(try query(statement).sql == #"SELECT "id" FROM "scoped""#)
    rendered.follow(scoped)
    #expect(rendered.count == 1)
    rendered.follow(.postgreSQL)
    #expect(try query(statement).sql == #"SELECT "id" FROM "platform_integrations""#)
  }

  @Test func `no more texts are kept than the capacity, and all of them are right`() throws {
    for count in 1...(2 * RenderedStatements.capacity) {
      let values = Array(repeating: Int64(1), count: count)
      let query = try query(Users.select(\.id).where(.in(\.id, values)).body)
      #expect(query.bindings.count == count)
      #expect(query.sql.count { $0 == "?" } == count)
      #expect(rendered.count <= RenderedStatements.capacity)
    }
  }

  @Test func `a long statement and one that will not come again are not kept`() throws {
    let values = Array(repeating: Int64(1), count: RenderedStatements.longestShape)
    _ = try query(Users.select(\.id).where(.in(\.id, values)).body)
    for chunk in Events.insertMany(\.type, rows: [("a"), ("b")]).chunks(bindLimit: 1) { _ = try query(chunk) }
    #expect(rendered.count == 0)
  }

  @Test func `a refused statement leaves nothing behind`() throws {
    #expect(throws: DatabaseError.self) { try query(Users.insert([]).body) }
    #expect(rendered.count == 0)
    #expect(try query(Users.count()).sql == #"SELECT count(*) FROM "users""#)
  }

  @Test func `equal texts are one statement to a driver`() {
    let text = RenderedStatement(
      sql: "SELECT 1", operation: Operation(.select), isRead: true, isReusable: true)
    let same = RenderedStatement(
      sql: "SELECT 1", operation: Operation(.other), isRead: false, isReusable: false)
    let other = RenderedStatement(
      sql: "SELECT 2", operation: Operation(.select), isRead: true, isReusable: true)
    #expect(text == same && text.hashValue == same.hashValue)
    #expect(text != other)
  }

  @Test func `a connection renders a repeated statement once, lent or shared`() async throws {
    let driver = ScriptedDriver()
    try await withDatabase(driver, PoolConfiguration(size: 1)) { database in
      for id in 1...3 as ClosedRange<Int64> {
        _ = try await database.first(Users.select(\.id).where(\.id == id)) { $0 }
        try await database.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.first(Users.select(\.id).where(\.id == id)) { $0 }
        }
      }
    }
    let reads = driver.statements.filter { $0.sql == #"SELECT "id" FROM "users" WHERE "id" = $1 LIMIT 1"# }
    #expect(reads.count == 6)
    #expect(Set(reads.map(ObjectIdentifier.init)).count == 1)
  }
}
