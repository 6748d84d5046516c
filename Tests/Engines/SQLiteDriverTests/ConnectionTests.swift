import DataAccess
import EventLoop
import Synchronization
import Testing

@testable import SQLiteDriver

/// A connection on a loop, as the pool uses it.
final class DriverFixture: Sendable {
  let loop: EventLoop
  let driver: SQLiteDriver

  init(_ driver: SQLiteDriver) throws {
    self.driver = driver
    loop = try EventLoop.make(name: "sqlite-test")
    loop.start()
  }

  deinit { loop.stop() }

  func connect() async throws -> LoopBound<any DatabaseConnection> { try await driver.connect(on: loop) }

  /// Executes a statement and waits for its result.
  func execute(_ query: Query, on connection: LoopBound<any DatabaseConnection>) async throws -> any ResultSet
  {
    let result: Result<any ResultSet, DatabaseError> = await withCheckedContinuation { continuation in
      loop.execute { connection.value.execute(query) { continuation.resume(returning: $0) } }
    }
    return try result.get()
  }

  func onLoop<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in loop.execute { continuation.resume(returning: body()) } }
  }
}

struct ConnectionTests {
  private let file: TestFile
  private let fixture: DriverFixture

  init() throws {
    file = try TestFile()
    fixture = try DriverFixture(
      SQLiteDriver(
        path: file.path, account: .restricted(TestFile.backend),
        options: SQLiteOptions(rightsCheckMilliseconds: 0)))
  }

  private static func read(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.select), isRead: true)
  }

  @Test func `reads and writes see each other's work`() async throws {
    let connection = try await fixture.connect()
    let count = Self.read("SELECT count(*) FROM ledger")
    #expect(try await fixture.execute(count, on: connection).integer(0, 0) == 1)
    _ = try await fixture.execute(.of("INSERT INTO ledger (name) VALUES ('x')"), on: connection)
    #expect(try await fixture.execute(count, on: connection).integer(0, 0) == 2)
    _ = try await fixture.execute(.of("BEGIN IMMEDIATE"), on: connection)
    _ = try await fixture.execute(.of("INSERT INTO ledger (name) VALUES ('y')"), on: connection)
    #expect(try await fixture.execute(count, on: connection).integer(0, 0) == 3)
    _ = try await fixture.execute(.of("ROLLBACK"), on: connection)
    #expect(try await fixture.execute(count, on: connection).integer(0, 0) == 2)
  }

  @Test func `a read sent behind a write that is under way sees it`() async throws {
    let connection = try await fixture.connect()
    let count: Int64 = try await withCheckedThrowingContinuation { continuation in
      fixture.loop.execute {
        connection.value.execute(.of("INSERT INTO ledger (name) VALUES ('x')")) { _ in }
        connection.value.execute(Self.read("SELECT count(*) FROM ledger")) { result in
          continuation.resume(with: Result { try result.get().integer(0, 0) })
        }
      }
    }
    #expect(count == 2)
  }

  @Test func `a completion never comes inside the call that took it`() async throws {
    let connection = try await fixture.connect()
    let order: [String] = await withCheckedContinuation { continuation in
      fixture.loop.execute {
        let events = Mutex<[String]>([])
        connection.value.execute(Self.read("SELECT 1")) { _ in
          continuation.resume(returning: events.withLock { $0 + ["completed"] })
        }
        events.withLock { $0.append("returned") }
      }
    }
    #expect(order == ["returned", "completed"])
  }

  @Test func `a long read is answered`() async throws {
    let connection = try await fixture.connect()
    let long = Self.read(
      "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT max(i) FROM n"
    )
    #expect(try await fixture.execute(long, on: connection).integer(0, 0) == 1_500_000)
  }

  @Test func `a read without end leaves the loop free and others their turn, until it is cancelled`()
    async throws
  {
    let connection = try await fixture.connect()
    let answer = Task { [fixture] in try await fixture.execute(Self.read(LimitTests.endless), on: connection)
    }
    // Were the loop or the connection held up, this would come to no end.
    for _ in 0..<5 { #expect(try await fixture.execute(Self.read("SELECT 1"), on: connection).rowCount == 1) }
    // A cancellation that comes before the statement stops nothing, so it is asked for until it was heard.
    let canceller = Task { [fixture] in
      while !Task.isCancelled {
        fixture.loop.execute { connection.value.cancel() }
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    let error = await #expect(throws: DatabaseError.self) { try await answer.value }
    canceller.cancel()
    await canceller.value
    #expect(error?.kind == .statementTimeout)
    #expect(try await fixture.execute(Self.read("SELECT 1"), on: connection).rowCount == 1)
  }

  @Test func `what says it reads and does not is run where writes are`() async throws {
    let connection = try await fixture.connect()
    let write = Self.read("INSERT INTO ledger (name) VALUES ('x') RETURNING id")
    #expect(try await fixture.execute(write, on: connection).integer(0, 0) == 2)
  }

  @Test func `closing completes everything outstanding`() async throws {
    let connection = try await fixture.connect()
    let answer = Task { [fixture] in try await fixture.execute(Self.read(LimitTests.endless), on: connection)
    }
    try await Task.sleep(for: .milliseconds(50))
    fixture.loop.execute {
      connection.value.close()
      connection.value.close()
    }
    let error = await #expect(throws: DatabaseError.self) { try await answer.value }
    #expect(error?.kind == .connectionLost)
    await #expect(throws: DatabaseError.self) {
      try await fixture.execute(Self.read("SELECT 1"), on: connection)
    }
    #expect(await fixture.onLoop { connection.value.isOpen } == false)
  }

  @Test func `changed rights hold without a new connection`() async throws {
    let connection = try await fixture.connect()
    let query = Self.read("SELECT email FROM users")
    #expect(try await fixture.execute(query, on: connection).rowCount == 2)
    try file.store(SQLiteRights(tables: ["ledger": .four]), for: TestFile.backend, by: file.admin())
    let error = await #expect(throws: DatabaseError.self) { try await fixture.execute(query, on: connection) }
    #expect(error?.isPermissionDenied == true)
    _ = try await fixture.execute(.of("DELETE FROM ledger"), on: connection)
  }

  @Test func `an account that was removed loses its connection`() async throws {
    let connection = try await fixture.connect()
    let told: DatabaseError = await withCheckedContinuation { continuation in
      fixture.loop.execute {
        connection.value.onLost = { continuation.resume(returning: $0) }
        connection.value.execute(Self.read("SELECT 1")) { _ in }
      }
      do {
        try file.admin().rows(SQLiteRights.removeSQL, .text(TestFile.backend))
      } catch {
        Issue.record(error)
      }
      fixture.loop.execute { connection.value.execute(Self.read("SELECT 1")) { _ in } }
    }
    #expect(told.kind == .authenticationFailed)
    #expect(await fixture.onLoop { connection.value.isOpen } == false)
  }

  @Test func `the file's name ends in db, once`() {
    #expect(fixture.driver.multiplexesReads)
    #expect(SQLiteDriver.path(forDatabase: "app_db") == "app_db.db")
    #expect(SQLiteDriver.path(forDatabase: "data/app.db") == "data/app.db")
  }
}

struct StreamTests {
  private let file: TestFile
  private let fixture: DriverFixture

  init() throws {
    file = try TestFile()
    fixture = try DriverFixture(SQLiteDriver(path: file.path, account: .restricted(TestFile.backend)))
  }

  private static let numbers = Query(
    sql: "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n",
    operation: Operation(.select), isRead: true)

  /// Streams, asks for `batches` batches at most, and returns their sizes and how it ended.
  private func stream(
    _ query: Query, batchRows: Int, batches: Int = .max
  ) async throws -> ([Int], DatabaseError?) {
    let connection = try await fixture.connect()
    return await withCheckedContinuation { continuation in
      fixture.loop.execute {
        var sizes: [Int] = []
        connection.value.stream(query, batchRows: batchRows) { batch, next in
          sizes.append(batch.rowCount)
          next(sizes.count < batches ? .more : .stop)
        } completion: { result in
          var error: DatabaseError?
          if case .failure(let failure) = result { error = failure }
          continuation.resume(returning: (sizes, error))
        }
      }
    }
  }

  @Test func `rows come in batches`() async throws {
    #expect(try await stream(Self.numbers, batchRows: 4).0 == [4, 4, 2])
    #expect(try await stream(Self.numbers, batchRows: 5).0 == [5, 5])
    #expect(try await stream(Self.numbers, batchRows: 100).0 == [10])
  }

  @Test func `a stream can be ended early`() async throws {
    let (sizes, error) = try await stream(Self.numbers, batchRows: 3, batches: 2)
    #expect(sizes == [3, 3])
    #expect(error == nil)
  }

  @Test func `an empty result is a stream without batches`() async throws {
    let (sizes, error) = try await stream(
      .of("SELECT id FROM users WHERE id = 99", isRead: true), batchRows: 3)
    #expect(sizes.isEmpty)
    #expect(error == nil)
  }

  @Test func `a stream without the right to it is refused`() async throws {
    let (sizes, error) = try await stream(.of("SELECT * FROM events", isRead: true), batchRows: 3)
    #expect(sizes.isEmpty)
    #expect(error?.isPermissionDenied == true)
  }

  @Test func `the same statement runs beside its stream`() throws {
    let session = try file.session(as: TestFile.backend)
    try session.openStream(1, Self.numbers)
    #expect(try session.nextBatch(of: 1, count: 3, on: .patient).rowCount == 3)
    #expect(try session.run(Self.numbers, on: .patient).rowCount == 10)
    #expect(try session.nextBatch(of: 1, count: 3, on: .patient).integer(0, 0) == 4)
    session.closeStream(1)
    session.closeStream(1)
  }
}
