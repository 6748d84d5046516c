import DataAccess
import EventLoop
import Glibc
import TestSupport
import Testing

@testable import SQLiteDriver

/// The configured path leads to another file while connections are open.
struct SwappedPathTests {
  /// What is changed.
  enum Swap: CaseIterable {
    case linkToTheFile
    case linkToTheFolder
    case folder
  }

  private let old: TestFile
  private let new: TestFile
  private let folder: TemporaryFolder

  init() throws {
    old = try TestFile()
    new = try TestFile()
    folder = try TemporaryFolder()
  }

  private func target(_ swap: Swap, _ file: TestFile) -> String {
    switch swap {
    case .linkToTheFile: file.path
    case .linkToTheFolder, .folder: file.directory
    }
  }

  private func begin(_ swap: Swap) throws -> String {
    switch swap {
    case .linkToTheFile, .linkToTheFolder:
      try #require(symlink(target(swap, old), folder.file("current.db")) == 0)
    case .folder: break
    }
    return switch swap {
    case .linkToTheFile: folder.file("current.db")
    case .linkToTheFolder: folder.file("current.db") + "/test.db"
    case .folder: old.path
    }
  }

  /// As `ln -sfn` does, and `mv`.
  private func change(_ swap: Swap) throws {
    switch swap {
    case .linkToTheFile, .linkToTheFolder:
      try #require(symlink(target(swap, new), folder.file("next")) == 0)
      try #require(rename(folder.file("next"), folder.file("current.db")) == 0)
    case .folder: try exchange()
    }
  }

  /// Gives the two folders each other's name; a second call takes that back.
  private func exchange() throws {
    let between = folder.file("between")
    try #require(rename(old.directory, between) == 0)
    try #require(rename(new.directory, old.directory) == 0)
    try #require(rename(between, new.directory) == 0)
  }

  private func takeBack(_ swap: Swap) throws { if swap == .folder { try exchange() } }

  private func fixture(_ path: String, rightsCheckMilliseconds: Int) throws -> DriverFixture {
    try DriverFixture(
      SQLiteDriver(
        path: path, account: .restricted(TestFile.backend),
        options: SQLiteOptions(rightsCheckMilliseconds: rightsCheckMilliseconds)))
  }

  private static let insert = "INSERT INTO ledger (name) VALUES ('x')"
  private static let count = Query(
    sql: "SELECT count(*) FROM ledger", operation: Operation(.select), isRead: true)

  private func rows(of file: TestFile) throws -> DatabaseValue? {
    try file.admin().rows("SELECT count(*) FROM ledger").first?.first
  }

  @Test(arguments: Swap.allCases, [["BEGIN IMMEDIATE", insert, "COMMIT"], [insert]])
  func `a write into the file to which the path led is not acknowledged, and ends the connection`(
    swap: Swap, statements: [String]
  ) async throws {
    let fixture = try fixture(try begin(swap), rightsCheckMilliseconds: 60_000)
    let connection = try await fixture.connect()
    for sql in statements.dropLast() { _ = try await fixture.execute(.of(sql), on: connection) }
    if statements.count == 1 {
      // Opens the session that writes.
      _ = try await fixture.execute(.of("INSERT INTO ledger (name) VALUES ('before')"), on: connection)
    }
    try change(swap)
    let error = await #expect(throws: DatabaseError.self) {
      _ = try await fixture.execute(.of(statements[statements.count - 1]), on: connection)
    }
    #expect(error?.kind == .connectionLost)
    #expect(await fixture.onLoop { !connection.value.isOpen })
    let next = try await fixture.connect()
    _ = try await fixture.execute(.of(Self.insert), on: next)
    #expect(try await fixture.execute(Self.count, on: next).integer(0, 0) == 2)
    try takeBack(swap)
    #expect(try rows(of: new) == .integer(2))
  }

  @Test(arguments: Swap.allCases)
  func `reads and writes of an open connection go to the file to which the path leads`(
    swap: Swap
  ) async throws {
    _ = try new.admin().rows("INSERT INTO ledger (name) VALUES ('second'), ('third')")
    let fixture = try fixture(try begin(swap), rightsCheckMilliseconds: 0)
    let connection = try await fixture.connect()
    #expect(try await fixture.execute(Self.count, on: connection).integer(0, 0) == 1)
    try change(swap)
    #expect(try await fixture.execute(Self.count, on: connection).integer(0, 0) == 3)
    _ = try await fixture.execute(.of(Self.insert), on: connection)
    #expect(try await fixture.execute(Self.count, on: connection).integer(0, 0) == 4)
    try takeBack(swap)
    #expect(try rows(of: new) == .integer(4))
    #expect(try rows(of: old) == .integer(1))
  }
}
