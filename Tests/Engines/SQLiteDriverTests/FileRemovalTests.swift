import DataAccess
import Foundation
import Processes
import TestSupport
import Testing

@testable import SQLiteDriver

/// The removal of a database file for a fresh start.
struct FileRemovalTests {
  private static let ours: Set = ["users", "sessions"]

  private func remove(_ path: String) throws(FileRemoval.Refusal) {
    try FileRemoval.remove(path, ifOnlyTables: Self.ours, record: "record")
  }

  /// Makes a file with these statements, with a journal or without.
  private func make(_ path: String, _ statements: [String], journal: String = "WAL") throws {
    let handle = try DatabaseHandle(path: path, isCreating: true, limits: .unrestricted)
    try handle.execute("PRAGMA journal_mode = \(journal)")
    for statement in statements { try handle.execute(statement) }
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  @Test(arguments: ["WAL", "DELETE"])
  func `a file with our tables and our record is removed with its journals`(journal: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try make(path, ["CREATE TABLE users (id)", "CREATE TABLE record (id)"], journal: journal)
    try remove(path)
    for suffix in ["", "-wal", "-shm", "-journal"] { #expect(!exists(path + suffix)) }
    try remove(path)
  }

  @Test func `an empty file is removed`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try make(path, [], journal: "DELETE")
    try remove(path)
    #expect(!exists(path))
  }

  @Test(arguments: [
    "TABLE customers (id)", "VIEW customers AS SELECT 1", "VIRTUAL TABLE customers USING fts5(a)",
  ])
  func `a file with tables of others is not removed`(others: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try make(path, ["CREATE TABLE users (id)", "CREATE TABLE record (id)", "CREATE \(others)"])
    let refusal = #expect(throws: FileRemoval.Refusal.self) { try remove(path) }
    #expect(refusal.map { "\($0)" }?.contains("it has customers") == true)
    #expect(exists(path))
    let handle = try DatabaseHandle(path: path, isCreating: false, limits: .unrestricted)
    #expect(try handle.texts("PRAGMA journal_mode") == [["wal"]])
  }

  @Test func `a file with our names and without our record is not removed`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try make(path, ["CREATE TABLE users (id)"])
    #expect(throws: FileRemoval.Refusal.unrecorded(path, ["users"])) { try remove(path) }
    #expect(exists(path))
  }

  @Test func `a file that is no database is not removed`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    let file = try #require(fopen(path, "w"))
    for _ in 0..<100 { fputs("a letter to a friend ", file) }
    fclose(file)
    let refusal = #expect(throws: FileRemoval.Refusal.self) { try remove(path) }
    #expect(refusal.map { "\($0)" }?.contains("cannot be read (file is not a database)") == true)
    #expect(exists(path))
    #expect(throws: FileRemoval.Refusal.notRegular(folder.file(""))) { try remove(folder.file("")) }
  }

  @Test func `the file behind a symbolic link is removed, and an empty one in its place is used`() throws {
    let folder = try TemporaryFolder()
    try make(folder.file("app.db"), ["CREATE TABLE record (id)"])
    try #require(symlink("app.db", folder.file("link.db")) == 0)
    let opener = SessionOpener(
      path: folder.file("link.db"), account: .unrestricted, options: SQLiteOptions())
    for _ in 0..<2 {
      try remove(opener.path)
      var status = stat()
      #expect(stat(folder.file("app.db"), &status) == 0 && status.st_size == 0)
      #expect(status.st_mode & 0o777 == 0o600)
      let session = try opener.open(for: .writing)
      #expect(try session.rows("SELECT count(*) FROM sqlite_schema") == [[.integer(0)]])
      #expect(session.attempt("CREATE TABLE record (id)") == nil)
    }
  }

  @Test func `a file that another connection has open is not removed`() throws {
    let file = try TestFile()
    let reader = try file.session(as: TestFile.backend, for: .reading)
    let tables = Set(
      try DatabaseHandle(path: file.path, isCreating: false, limits: .unrestricted)
        .texts("SELECT name FROM sqlite_schema").compactMap { $0.first ?? nil })
    let refusal = #expect(throws: FileRemoval.Refusal.self) {
      try FileRemoval.remove(file.path, ifOnlyTables: tables, record: "users")
    }
    guard case .inUse(file.path, _) = refusal else {
      Issue.record("an unexpected refusal: \(String(describing: refusal))")
      return
    }
    #expect(exists(file.path))
    withExtendedLifetime(reader) {}
  }

  @Test func `a file that another process has open is not removed, and the process is named`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try make(path, ["CREATE TABLE record (id)"])
    let python = try #require(
      ProcessInfo.processInfo.environment["TEST_PYTHON"], "TEST_PYTHON is not set; run make test")
    var (ready, done) = ([Int32](repeating: 0, count: 2), [Int32](repeating: 0, count: 2))
    try #require(pipe(&ready) == 0 && pipe(&done) == 0)
    let script = """
      import sqlite3, sys
      file = sqlite3.connect(sys.argv[1])
      file.execute("SELECT count(*) FROM record").fetchall()
      print("open", flush=True)
      sys.stdin.read()
      """
    let child = try ChildProcess(
      python, ["-c", script, path], streams: ProcessStreams(input: done[0], output: ready[1]))
    close(ready[1])
    close(done[0])
    var byte: UInt8 = 0
    #expect(read(ready[0], &byte, 1) == 1)
    #expect(throws: FileRemoval.Refusal.inUse(path, process: child.identifier)) { try remove(path) }
    #expect(exists(path))
    close(done[1])
    #expect(child.wait() == .exit(0))
    close(ready[0])
    try remove(path)
    #expect(!exists(path))
  }

  @Test func `a symbolic link to nothing is named as one`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("app.db")
    try #require(symlink("gone.db", path) == 0)
    let opener = SessionOpener(path: path, account: .unrestricted, options: SQLiteOptions())
    let error = #expect(throws: DatabaseError.self) { _ = try opener.open(for: .writing) }
    #expect(error?.detail?.contains("is a symbolic link to nothing") == true)
  }
}
