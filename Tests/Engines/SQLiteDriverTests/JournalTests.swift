import DataAccess
import EventLoop
import Glibc
import TestSupport
import Testing

@testable import SQLiteDriver

/// The journal (`-wal`) beside the file: emptied at the end, and limited before.
struct JournalTests {
  private let file: TestFile
  private let log = LogRecorder(level: .info)

  init() throws {
    file = try TestFile()
  }

  private func fixture(_ options: SQLiteOptions = SQLiteOptions()) throws -> DriverFixture {
    try DriverFixture(
      SQLiteDriver(
        path: file.path, account: .restricted(TestFile.backend), options: options, logger: log.logger))
  }

  /// The rows of `ledger` in a copy of the file alone.
  private func rowsOfCopy() throws -> DatabaseValue {
    let copy = file.directory + "/copy.db"
    defer { for suffix in ["", "-wal", "-shm"] { unlink(copy + suffix) } }
    try TestFile.copy(file.path, to: copy)
    let session = try SessionOpener(path: copy, account: .unrestricted, options: SQLiteOptions())
      .open(for: .writing)
    return try #require(try session.scalar("SELECT count(*) FROM ledger"))
  }

  private var journalBytes: Int { Self.size(file.path + "-wal") }

  private static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static let insert = Query.of("INSERT INTO ledger (name) VALUES (hex(randomblob(16)))")

  @Test func `the last connection that closes leaves a complete file and no journal`() async throws {
    let fixture = try fixture()
    let connections = [try await fixture.connect(), try await fixture.connect()]
    for connection in connections {
      for _ in 0..<10 { _ = try await fixture.execute(Self.insert, on: connection) }
    }
    #expect(try rowsOfCopy() == .integer(1))
    await fixture.onLoop { connections[0].value.close() }
    await fixture.driver.waitForClosedConnections()
    #expect(journalBytes > 0)
    await fixture.onLoop { connections[1].value.close() }
    await fixture.driver.waitForClosedConnections()
    #expect(journalBytes == 0)
    #expect(try rowsOfCopy() == .integer(21))
    #expect(log.lines.isEmpty)
  }

  @Test func `a pool that closes has closed its file`() async throws {
    let fixture = try fixture()
    let database = Database(
      driver: fixture.driver, loop: fixture.loop, configuration: PoolConfiguration(size: 3),
      logger: log.logger)
    _ = try await database.execute(Self.insert)
    await database.close()
    #expect(journalBytes == 0)
    #expect(try rowsOfCopy() == .integer(2))
  }

  @Test func `another connection of another process does not keep the file incomplete`() async throws {
    let other = try file.session(as: TestFile.backend)
    #expect(try other.scalar("SELECT count(*) FROM ledger") == .integer(1))
    let fixture = try fixture()
    let connection = try await fixture.connect()
    _ = try await fixture.execute(Self.insert, on: connection)
    await fixture.onLoop { connection.value.close() }
    await fixture.driver.waitForClosedConnections()
    #expect(journalBytes == 0)
    #expect(try rowsOfCopy() == .integer(2))
    withExtendedLifetime(other) {}
  }

  @Test func `a checkpoint that a reader prevents is reported, and no row is lost`() async throws {
    let fixture = try fixture(SQLiteOptions(checkpointLockTimeoutMilliseconds: 50))
    let reader = try file.session(as: TestFile.backend)
    try reader.rows("BEGIN")
    try reader.rows("SELECT * FROM ledger")
    let connection = try await fixture.connect()
    _ = try await fixture.execute(Self.insert, on: connection)
    await fixture.onLoop { connection.value.close() }
    await fixture.driver.waitForClosedConnections()
    #expect(log.lines.count == 1)
    #expect(log.lines.first?.hasPrefix("database file incomplete without its journal") == true)
    try reader.rows("COMMIT")
    #expect(try reader.scalar("SELECT count(*) FROM ledger") == .integer(2))
  }

  @Test func `a journal that a reader keeps growing is reported once, and once when it is small again`()
    async throws
  {
    let fixture = try fixture(
      SQLiteOptions(checkpointPages: 4, journalWarningPages: 8, journalSizeLimitBytes: 32_768))
    let reader = try file.session(as: TestFile.backend)
    try reader.rows("BEGIN")
    try reader.rows("SELECT * FROM ledger")
    let connection = try await fixture.connect()
    for _ in 0..<40 { _ = try await fixture.execute(Self.insert, on: connection) }
    let grown = "database journal grows: a read or transaction that stays open keeps it from being emptied"
    #expect(log.lines == [grown])
    #expect(journalBytes > 100_000)
    try reader.rows("COMMIT")
    for _ in 0..<4 { _ = try await fixture.execute(Self.insert, on: connection) }
    #expect(log.lines == [grown, "database journal below its limit again"])
    #expect(journalBytes <= 32_768)
    await fixture.onLoop { connection.value.close() }
    await fixture.driver.waitForClosedConnections()
  }

  @Test func `a failed connection is not waited for`() async throws {
    let fixture = try DriverFixture(
      SQLiteDriver(path: file.path, account: .restricted("no-such-account"), logger: log.logger))
    await #expect(throws: DatabaseError.self) { _ = try await fixture.connect() }
    await fixture.driver.waitForClosedConnections()
    #expect(log.lines.isEmpty)
  }

  @Test func `a file that was removed meanwhile is no error`() async throws {
    let fixture = try fixture()
    let connection = try await fixture.connect()
    unlink(file.path)
    await fixture.onLoop { connection.value.close() }
    await fixture.driver.waitForClosedConnections()
    #expect(log.lines.isEmpty)
    #expect(Self.size(file.path) == 0)
  }
}
