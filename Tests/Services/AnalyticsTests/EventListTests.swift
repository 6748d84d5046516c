import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Runtime
import Schema
import Service
import Testing

@testable import analytics

/// The list of events: what its filter finds, and how large a page is.
@Suite struct EventListTests {
  private static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  @Test(arguments: TestEngine.drivers)
  func `the filter finds the events of a name that is longer than a subject`(engine: TestEngine) async throws
  {
    try await Self.with(engine) { database in
      let beginning = String(repeating: "x", count: 64)
      let names = [beginning, beginning + "1", beginning + "2"]
      for name in names { try await Self.add(EventLog.Subject.name(name).text, .emptyObject, to: database) }
      for (name, id) in zip(names, 1...) {
        let filter = try EventFilter(Request(.get, "/v1/events?subject=\(name)"))
        let page = try await EventRepository(database: database).events(filter, after: nil, limit: 10)
        #expect(page.items.map(\.id) == [Int64(id)])
        #expect(filter.items.map(\.value) == [name])
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a page of large events ends by its bytes, and the pages have every event once`(
    engine: TestEngine
  ) async throws {
    try await Self.with(engine) { database in
      let payload = JSONText(#"{"a":"\#(String(repeating: "x", count: 65_000))"}"#)
      for _ in 0..<70 { try await Self.add("1", payload, to: database) }
      let repository = EventRepository(database: database)
      var (ids, sizes): ([Int64], [Int]) = ([], [])
      var cursor: PageKey?
      repeat {
        let page = try await repository.events(EventFilter(), after: cursor, limit: PageRequest.maximumLimit)
        let answer = try Response.page(
          page, for: Request(.get, "/v1/events"), limit: PageRequest.maximumLimit)
        #expect((answer.headers["Link"] == nil) == (page.next == nil))
        ids += page.items.map(\.id)
        sizes.append(answer.body.count)
        cursor = page.next
      } while cursor != nil
      #expect(ids == Array(1...70))
      #expect(sizes.count == 3 && sizes.allSatisfy { $0 < ListenerSettings.largestAnswerBytes })
      #expect(sizes[0] > PageRequest.maximumBytes - 2 * 65_000)
      // One event is a page, however large it is.
      let large = JSONText(#"{"a":"\#(String(repeating: "x", count: PageRequest.maximumBytes))"}"#)
      for _ in 0..<2 { try await Self.add("2", large, to: database) }
      let first = try await repository.events(EventFilter(), after: 70, limit: PageRequest.maximumLimit)
      #expect(first.items.map(\.id) == [71] && first.next == 71)
    }
  }

  private static func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool { database in
        try await body(database)
      }
    }
  }

  private static func add(_ subject: String, _ payload: JSONText, to database: Database) async throws {
    try await database.run(
      Events.insert(
        \.type <- "twitch.a", \.source <- "twitch-trigger", \.subject <- subject, \.payload <- payload,
        \.occurredAt <- now))
  }
}
