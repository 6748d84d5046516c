import DataAccess
import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SQLiteDriver

/// Opens connections on a loop, as the pool does.
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

  /// Takes longer than a read may take on the loop.
  private static let long =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT max(i) FROM n"

  private static func read(_ sql: String) -> Query {
    Query(sql: sql, operation: Operation(.select), isRead: true)
  }

  /// The process is its own, because all work with files shares the queue.
  @Test(.timeLimit(.minutes(8)))
  func `a connection is refused while the queue for files is full, and the loop opens no file`() async {
    await #expect(processExitsWith: .success) {
      try await ConnectionTests.fillQueue()
      let file = try TestFile()
      let fixture = try DriverFixture(SQLiteDriver(path: file.path, account: .unrestricted))
      let error = await #expect(throws: DatabaseError.self) { try await fixture.connect() }
      #expect(error?.kind == .connectionRefused)
    }
  }

  /// Occupies every thread for files, and every place in their queue, until the process ends.
  private static func fillQueue() async throws {
    let refusals = AsyncBox<any Error>()
    for _ in 0...(Offload.concurrency + Offload.queueLimit) {
      Task {
        do {
          try await Offload.run { while true { sleep(60) } }
        } catch {
          refusals.set(error)
        }
      }
    }
    _ = try await refusals.value()
  }

  @Test func `reads see the effects of writes, inside and outside a transaction`() async throws {
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

  @Test func `a read sent after a running write sees its effect`() async throws {
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

  @Test func `a completion never runs inside the call that passed it`() async throws {
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

  @Test func `a long read completes`() async throws {
    let connection = try await fixture.connect()
    #expect(try await fixture.execute(Self.read(Self.long), on: connection).integer(0, 0) == 1_500_000)
  }

  @Test(.timeLimit(.minutes(8)))
  func `an endless read blocks neither the loop nor other reads until it is cancelled`()
    async throws
  {
    let fixture = try DriverFixture(
      SQLiteDriver(
        path: file.path, account: .restricted(TestFile.backend),
        options: SQLiteOptions(statementTimeoutMilliseconds: 600_000)))
    let connection = try await fixture.connect()
    let answer = Task { [fixture] in try await fixture.execute(Self.read(LimitTests.endless), on: connection)
    }
    // With a blocked loop or connection, this would never complete.
    for _ in 0..<5 { #expect(try await fixture.execute(Self.read("SELECT 1"), on: connection).rowCount == 1) }
    // A cancellation before the statement starts stops nothing, so the test repeats it until it takes effect.
    let canceller = Task { [fixture] in
      while !Task.isCancelled {
        fixture.loop.execute { connection.value.cancel {} }
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
    let error = await #expect(throws: DatabaseError.self) { try await answer.value }
    canceller.cancel()
    await canceller.value
    #expect(error?.kind == .statementTimeout)
    #expect(try await fixture.execute(Self.read("SELECT 1"), on: connection).rowCount == 1)
  }

  @Test(.timeLimit(.minutes(8)))
  func `a cancellation ends the current statement, and the read behind it completes`() async throws {
    let connection = try await fixture.connect()
    let (results, result) = AsyncStream<DatabaseError.Kind?>.makeStream()
    fixture.loop.execute {
      for sql in [LimitTests.endless, Self.long] {
        connection.value.execute(Self.read(sql)) { outcome in
          if case .failure(let error) = outcome { result.yield(error.kind) } else { result.yield(nil) }
        }
      }
      connection.value.cancel {}
    }
    var kinds: [DatabaseError.Kind?] = []
    for await kind in results.prefix(2) { kinds.append(kind) }
    #expect(kinds == [.statementTimeout, nil])
  }

  @Test func `a write declared as a read runs on the writing session`() async throws {
    let connection = try await fixture.connect()
    let write = Self.read("INSERT INTO ledger (name) VALUES ('x') RETURNING id")
    #expect(try await fixture.execute(write, on: connection).integer(0, 0) == 2)
  }

  @Test func `closing completes every outstanding statement`() async throws {
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

  @Test func `changed rights take effect on an open connection`() async throws {
    let connection = try await fixture.connect()
    let query = Self.read("SELECT email FROM users")
    #expect(try await fixture.execute(query, on: connection).rowCount == 2)
    try file.store(SQLiteRights(tables: ["ledger": .four]), for: TestFile.backend, by: file.admin())
    let error = await #expect(throws: DatabaseError.self) { try await fixture.execute(query, on: connection) }
    #expect(error?.isPermissionDenied == true)
    _ = try await fixture.execute(.of("DELETE FROM ledger"), on: connection)
  }

  @Test func `changed rights hold for writes without a new connection`() async throws {
    let connection = try await fixture.connect()
    let insert = Query.of("INSERT INTO ledger (name) VALUES ('x')")
    _ = try await fixture.execute(insert, on: connection)
    try file.store(
      SQLiteRights(tables: ["ledger": .init(select: .all, delete: .all)]), for: TestFile.backend,
      by: file.admin())
    let error = await #expect(throws: DatabaseError.self) {
      try await fixture.execute(insert, on: connection)
    }
    #expect(error?.isPermissionDenied == true)
    _ = try await fixture.execute(.of("DELETE FROM ledger"), on: connection)
  }

  @Test func `an open connection is denied the same statement each time, even after it reads its rights`()
    async throws
  {
    let connection = try await fixture.connect()
    for sql in ["SELECT * FROM events", "DELETE FROM ledger"] {
      for _ in 0..<4 {
        let query = sql.hasPrefix("SELECT") ? Self.read(sql) : Query.of(sql)
        let error = await #expect(throws: DatabaseError.self) {
          try await fixture.execute(query, on: connection)
        }
        #expect(error?.isPermissionDenied == true)
      }
    }
  }

  @Test func `a removed account loses its connection`() async throws {
    let connection = try await fixture.connect()
    let loss: DatabaseError = await withCheckedContinuation { continuation in
      fixture.loop.execute {
        connection.value.onLost = { continuation.resume(returning: $0) }
        connection.value.execute(Self.read("SELECT 1")) { _ in }
      }
      do {
        try file.admin().rows(SQLiteRights.removing(TestFile.backend))
      } catch {
        Issue.record(error)
      }
      fixture.loop.execute { connection.value.execute(Self.read("SELECT 1")) { _ in } }
    }
    #expect(loss.kind == .authenticationFailed)
    #expect(await fixture.onLoop { connection.value.isOpen } == false)
  }

  @Test func `the file's name gets the suffix .db once`() {
    #expect(fixture.driver.multiplexesReads)
    #expect(SQLiteDriver.path(forDatabase: "app_db") == "app_db.db")
    #expect(SQLiteDriver.path(forDatabase: "data/app.db") == "data/app.db")
  }
}
