import DataAccess
import EventLoop
import Glibc
import Logging
import TestSupport
import Testing

@testable import SQLiteDriver

/// The file is moved, replaced or damaged under an open connection.
struct ReplacedFileTests {
  private let file: TestFile
  private let fixture: DriverFixture

  init() throws {
    file = try TestFile()
    fixture = try DriverFixture(
      SQLiteDriver(
        path: file.path, account: .restricted(TestFile.backend),
        options: SQLiteOptions(rightsCheckMilliseconds: 0)))
  }

  private static let read = Query(
    sql: "SELECT count(*) FROM ledger", operation: Operation(.select), isRead: true)

  private func move(to name: String) {
    for suffix in ["", "-wal", "-shm"] { rename(file.path + suffix, "\(file.directory)/\(name)\(suffix)") }
  }

  private func removeMoved(_ name: String) {
    for suffix in ["", "-wal", "-shm"] { unlink("\(file.directory)/\(name)\(suffix)") }
  }

  private func failure(_ query: Query, on connection: LoopBound<any DatabaseConnection>) async
    -> DatabaseError?
  {
    do {
      _ = try await fixture.execute(query, on: connection)
      return nil
    } catch {
      return error as? DatabaseError
    }
  }

  @Test(arguments: [["INSERT INTO ledger (name) VALUES ('x')"], ["COMMIT"]])
  func `a write into a file that was moved away is not acknowledged, and ends the connection`(
    writes: [String]
  ) async throws {
    let connection = try await fixture.connect()
    if writes == ["COMMIT"] {
      _ = try await fixture.execute(.of("BEGIN IMMEDIATE"), on: connection)
      _ = try await fixture.execute(.of("INSERT INTO ledger (name) VALUES ('x')"), on: connection)
    }
    move(to: "elsewhere")
    defer { removeMoved("elsewhere") }
    let error = await failure(.of(writes[0]), on: connection)
    #expect([.connectionLost, .connectionRefused].contains(error?.kind))
    let isOpen = await fixture.onLoop { connection.value.isOpen }
    #expect(!isOpen)
  }

  @Test func `a read of a file that was moved away ends the connection, and a file in its place is read`()
    async throws
  {
    // The copy is of the file alone, and the end of the connection may come after it.
    _ = try file.admin().rows("PRAGMA wal_checkpoint(TRUNCATE)")
    let connection = try await fixture.connect()
    _ = try await fixture.execute(Self.read, on: connection)
    move(to: "elsewhere")
    defer { removeMoved("elsewhere") }
    let error = await failure(Self.read, on: connection)
    #expect([.connectionLost, .connectionRefused].contains(error?.kind))
    try TestFile.copy("\(file.directory)/elsewhere", to: file.path)
    let next = try await fixture.connect()
    #expect(try await fixture.execute(Self.read, on: next).integer(0, 0) == 1)
  }

  @Test(arguments: [["-wal"], ["-wal", "-shm"]])
  func `a write after the journal was removed is not acknowledged, and ends the connection`(
    removed: [String]
  ) async throws {
    let connection = try await fixture.connect()
    _ = try await fixture.execute(.of("INSERT INTO ledger (name) VALUES ('x')"), on: connection)
    for suffix in removed { unlink(file.path + suffix) }
    let error = await failure(.of("INSERT INTO ledger (name) VALUES ('y')"), on: connection)
    #expect([.connectionLost, .unreadableFile].contains(error?.kind))
    let isOpen = await fixture.onLoop { connection.value.isOpen }
    #expect(!isOpen)
    // New connections fail until the last one to the removed journal is closed.
    try await eventually("a new connection writes") {
      guard let next = try? await fixture.connect() else { return false }
      return await failure(.of("INSERT INTO ledger (name) VALUES ('z')"), on: next) == nil
    }
  }

  /// Moves the journal into the file, so that the next read looks at the file again.
  private static func emptyTheJournal(of file: TestFile) throws {
    let admin = try file.admin()
    try admin.rows("INSERT INTO ledger (name) VALUES ('y')")
    try admin.rows("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  /// Writes over the content of the file, which stays the same file.
  private func write(_ text: String) throws {
    let stream = try #require(fopen(file.path, "w"))
    fputs(text, stream)
    fclose(stream)
  }

  @Test(arguments: ["", String(repeating: "this is no database. ", count: 1_000)])
  func `a file that is written over closes every connection of the process, and is used once it is restored`(
    content: String
  ) async throws {
    try Self.emptyTheJournal(of: file)
    let backup = "\(file.directory)/backup"
    try TestFile.copy(file.path, to: backup)
    defer { unlink(backup) }
    let driver = SQLiteDriver(
      path: file.path, account: .restricted(TestFile.backend),
      options: SQLiteOptions(rightsCheckMilliseconds: 0))
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let database = Database(
      driver: driver, loop: fixture.loop, configuration: PoolConfiguration(size: 2), logger: logger)
    // The connection of another pool, which nothing uses.
    let idle = Database(
      driver: driver, loop: fixture.loop, configuration: PoolConfiguration(size: 1), logger: logger)
    for database in [database, idle] { _ = try await database.execute(Self.read) }
    try write(content)
    try await eventually("the file is refused") {
      do throws(DatabaseError) {
        _ = try await database.execute(Self.read)
        return false
      } catch {
        return error.kind == .unreadableFile
      }
    }
    try await eventually("no connection is open") {
      let open = [await database.status().open, await idle.status().open]
      return open == [0, 0]
    }
    try TestFile.copy(backup, to: file.path)
    for database in [database, idle] {
      try await eventually("the restored file is read") {
        (try? await database.execute(Self.read).integer(0, 0)) == 2
      }
    }
    _ = try await database.execute(Query.of("INSERT INTO ledger (name) VALUES ('z')"))
    for database in [database, idle] { await database.close() }
  }

  @Test func `a damaged file ends a connection that only reads`() async throws {
    let lasting = try DriverFixture(
      SQLiteDriver(path: file.path, account: .restricted(TestFile.backend)))
    let connection = try await lasting.connect()
    _ = try await lasting.execute(Self.read, on: connection)
    try Self.emptyTheJournal(of: file)
    truncate(file.path, 0)
    await #expect(throws: DatabaseError.self) { try await lasting.execute(Self.read, on: connection) }
    // Two turns: the statement's result, and then the end.
    for _ in 0..<2 { _ = await lasting.onLoop { connection.value.isOpen } }
    let isOpen = await lasting.onLoop { connection.value.isOpen }
    #expect(!isOpen)
  }
}
