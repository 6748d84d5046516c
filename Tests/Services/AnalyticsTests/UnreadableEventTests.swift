import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Schema
import Service
import Testing

@testable import analytics

/// The feed of events goes on without an event that another client wrote and this service cannot represent.
@Suite struct UnreadableEventTests {
  @Test(arguments: TestEngine.all)
  func `the feed leaves out an unreadable event and reaches the events after it`(
    engine: TestEngine
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        for number in 0..<4 {
          try await database.run(
            Events.insert(\.type <- "x", \.source <- "backend-api", \.subject <- "\(number)"))
        }
        for change in ["occurred_at = 'infinity' WHERE subject = '1'", "payload = 'no' WHERE subject = '2'"] {
          _ = try await database.unsafeQuery(unsafeSQL: "UPDATE events SET \(change)")
        }
        let repository = EventRepository(database: database)
        var subjects: [String] = []
        var cursor: PageKey?
        repeat {
          var filter = EventFilter()
          filter.type = "x"
          let page = try await repository.events(filter, after: cursor, limit: 1)
          subjects += page.items.map(\.subject)
          cursor = page.next
        } while cursor != nil
        #expect(subjects == ["0", "3"])
        let columns = database.unreadableRows?.reported.compactMap(\.column).sorted()
        #expect(columns == ["occurred_at", "payload"])
      }
    }
  }

  @Test func `an event that an earlier release stored as deep as it could is in the list`() async throws {
    try await TestDatabase.with(.sqlite, migratedTo: .latest) { test in
      try await test.withPool { database in
        let levels = JSONCoding.maximumDepth
        let payload = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        try await database.run(
          Events.insert(
            \.type <- "x", \.source <- "twitch-trigger", \.subject <- "1", \.payload <- JSONText(payload)))
        let page = try await EventRepository(database: database).events(EventFilter(), after: nil, limit: 1)
        let response = try Response.page(page, for: Request(.get, "/v1/events"), limit: 1)
        #expect(String(decoding: response.body, as: UTF8.self).contains(payload))
      }
    }
  }
}
