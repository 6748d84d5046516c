import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct InjectionTests {
  private static let attempts = [
    "x'; DROP TABLE samples; --", "x' OR '1'='1", "x\\'; DELETE FROM samples; --", "$1", "?",
    "x\u{2019} OR 1=1",
    "'; SELECT pg_sleep(10); --", "\"; DROP TABLE samples; --", "/* */", "%' OR label LIKE '%",
  ]

  @Test(arguments: TestEngine.conforming)
  func `an injection attempt in a value is treated as data`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      try await database.run(Samples.insert(\.label <- "witness"))
      for attempt in Self.attempts {
        let found = try await database.count(Samples.count().where(\.label == attempt))
        #expect(found == 0)
        try await database.run(Samples.insert(\.label <- attempt))
        let back = try await database.first(Samples.select(\.label).where(\.label == attempt)) { $0 }
        #expect(back == attempt)
        let deleted = try await database.run(Samples.delete().where(\.label == attempt))
        #expect(deleted == 1)
      }
      #expect(try await database.count(Samples.count()) == 1)
    }
  }

  @Test(arguments: TestEngine.conforming)
  func `a second statement in one text is never executed`(engine: TestEngine) async throws {
    try await Conformance.with(engine) { database in
      await #expect(throws: DatabaseError.self) {
        try await database.unsafeQuery(unsafeSQL: "SELECT 1; DROP TABLE samples")
      }
      let remaining = try await database.count(Samples.count())
      #expect(remaining == 0)
    }
  }
}
