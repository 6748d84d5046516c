import DataAccess
import DatabaseTestSupport
import EventLoop
import TestSupport
import Testing

@testable import PostgresDriver

struct PipelineTests {
  @Test func `a write whose commit fails is not acknowledged, and the session stays usable`() async throws {
    try await PostgresFixture.with { _, session in
      try await session.run("CREATE TABLE parents (id bigint PRIMARY KEY)")
      try await session.run(
        "CREATE TABLE children (parent bigint REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)")
      let insert = PostgresFixture.write(.insert, "children", "INSERT INTO children VALUES (1)")
      let outcomes = await session.executeTogether([
        insert, PostgresFixture.read("SELECT 7"), insert, PostgresFixture.read("SELECT 8"),
      ])
      #expect(outcomes[0].error?.kind == .foreignKeyViolation)
      #expect(outcomes[1].integer == 7)
      #expect(outcomes[2].error?.kind == .foreignKeyViolation)
      #expect(outcomes[3].integer == 8)
      let count = try await session.run("SELECT count(*) FROM children").integer(0, 0)
      #expect(count == 0)
    }
  }

  @Test func `the reads of one batch return their results in order`() async throws {
    try await PostgresFixture.with { _, session in
      let queries = (1...500).map { PostgresFixture.read("SELECT $1::int8", [.integer($0)]) }
      let outcomes = await session.executeTogether(queries)
      #expect(outcomes.map(\.integer) == (1...500).map { Int64($0) })
    }
  }

  @Test func `a failing read fails alone, and the other reads of its batch run again`() async throws {
    try await PostgresFixture.with { _, session in
      let outcomes = await session.executeTogether([
        PostgresFixture.read("SELECT 1"), PostgresFixture.read("SELECT 1 / (2 - $1::int8)", [.integer(2)]),
        PostgresFixture.read("SELECT 3"), PostgresFixture.read("SELECT nothing FROM nowhere"),
        PostgresFixture.read("SELECT 5"), PostgresFixture.read("SELECT 1 / (2 - $1::int8)", [.integer(1)]),
      ])
      #expect(outcomes.map(\.integer) == [1, nil, 3, nil, 5, 1])
      #expect(outcomes[1].error?.nativeCode == "22012")
      #expect(outcomes[3].error?.nativeCode == "42P01")
    }
  }

  @Test func `an invalid statement fails every time with its own error`() async throws {
    try await PostgresFixture.with { _, session in
      let wrong = PostgresFixture.read("SELEC 1")
      let outcomes = await session.executeTogether([wrong, wrong, PostgresFixture.read("SELECT 2"), wrong])
      #expect(outcomes.map { $0.error?.nativeCode } == ["42601", "42601", nil, "42601"])
      #expect(outcomes[2].integer == 2)
    }
  }

  /// One statement of a batch: `+` is a read, `-` a failing read, `w` a write.
  @Test(arguments: ["w-", "-w", "-w-", "+w-", "w+-", "w-w", "-w+w-"])
  func `a write keeps its effect when a read beside it fails, in any order`(_ order: String)
    async throws
  {
    try await PostgresFixture.with { _, session in
      try await session.run("CREATE TABLE notes (id int8 PRIMARY KEY)")
      let queries = order.enumerated().map { index, kind in
        switch kind {
        case "w":
          PostgresFixture.write(.insert, "notes", "INSERT INTO notes VALUES ($1)", [.integer(Int64(index))])
        case "-": PostgresFixture.read("SELECT 1 / 0")
        default: PostgresFixture.read("SELECT 1")
        }
      }
      let outcomes = await session.executeTogether(queries)
      #expect(outcomes.map { $0.error == nil } == order.map { $0 != "-" })
      let kept = try await session.run("SELECT id FROM notes ORDER BY id")
      let found = try (0..<kept.rowCount).map { try kept.integer($0, 0) }
      #expect(found == order.enumerated().filter { $0.element == "w" }.map { Int64($0.offset) })
    }
  }

  @Test func `a batch larger than the limit returns every result`() async throws {
    try await PostgresFixture.with { _, session in
      let queries = (0..<1_000).map { index in
        index % 100 == 50
          ? PostgresFixture.read("SELECT 1 / 0") : PostgresFixture.read("SELECT $1::int8", [.integer(index)])
      }
      let outcomes = await session.executeTogether(queries)
      for (index, outcome) in outcomes.enumerated() {
        #expect(outcome.integer == (index % 100 == 50 ? nil : Int64(index)))
      }
    }
  }

  @Test func `large values fill the socket in both directions and arrive complete`() async throws {
    try await PostgresFixture.with { _, session in
      let text = String(repeating: "bulkhead ", count: 200_000)
      let queries = (0..<8).map { _ in PostgresFixture.read("SELECT $1::text", [.text(text)]) }
      for outcome in await session.executeTogether(queries) {
        let echo = try outcome.get().text(0, 0)
        #expect(echo == text)
      }
    }
  }

  @Test func `a connection that is given up ends under a load that never leaves it idle`() async throws {
    try await PostgresFixture.with { _, session in
      let outcome: DatabaseError.Kind? = await withCheckedContinuation { continuation in
        session.connection.loop.execute { [connection = session.connection] in
          ReadChain(connection.value) { continuation.resume(returning: $0) }.readNext()
        }
      }
      #expect(outcome == .connectionLost, "the pool sends such a read again")
      let isOpen = await session.isOpen()
      #expect(!isOpen)
    }
  }
}

/// Reads that follow one another without a pause, each sent before the batch of the one before has ended. After some of
/// them the connection is given up.
private final class ReadChain {
  private static let readsBeforeRetirement = 20
  private static let limit = 5_000

  private let connection: any DatabaseConnection
  private let ended: (DatabaseError.Kind?) -> Void
  private var reads = 0

  /// `ended` receives the first failure, or nil when no read has failed.
  init(_ connection: any DatabaseConnection, ended: @escaping (DatabaseError.Kind?) -> Void) {
    self.connection = connection
    self.ended = ended
  }

  func readNext() {
    connection.execute(PostgresFixture.read("SELECT 1")) { [self] result in
      reads += 1
      if case .failure(let error) = result { return ended(error.kind) }
      if reads == Self.readsBeforeRetirement {
        (connection as? PostgresConnection)?.retire(because: "was given up by a test")
      }
      if reads < Self.limit { readNext() } else { ended(nil) }
    }
  }
}
