import DataAccess
import Dispatch
import Glibc
import Testing

@testable import SQLiteDriver

/// Several connections to one file, as several processes have them.
struct WritersTests {
  private let file: TestFile

  init() throws {
    file = try TestFile()
  }

  @Test func `a second writer waits, and gets a retryable error after its lock timeout`() throws {
    let first = try file.session(as: TestFile.backend)
    let second = try file.session(as: TestFile.backend)
    try first.rows("BEGIN IMMEDIATE")
    let error = #expect(throws: DatabaseError.self) { try second.run(.of("BEGIN IMMEDIATE"), on: .short) }
    #expect(error?.kind == .lockTimeout)
    #expect(error?.nativeCode == "5")
    #expect(error?.isRetryable == true)
    try first.rows("COMMIT")
    try second.rows("BEGIN IMMEDIATE")
    try second.rows("ROLLBACK")
  }

  @Test func `a write on an old snapshot gets a retryable error`() throws {
    let first = try file.session(as: TestFile.backend)
    let second = try file.session(as: TestFile.backend)
    try first.rows("BEGIN")
    try first.rows("SELECT * FROM ledger")
    try second.rows("INSERT INTO ledger (name) VALUES ('x')")
    let error = #expect(throws: DatabaseError.self) {
      try first.run(.of("INSERT INTO ledger (name) VALUES ('y')"), on: .short)
    }
    #expect(error?.kind == .serializationFailure)
    #expect(error?.isRetryable == true)
  }

  @Test func `readers see the state before an open transaction and do not wait for it`() throws {
    let writer = try file.session(as: TestFile.backend)
    let reader = try file.session(as: TestFile.backend, for: .reading)
    try writer.rows("BEGIN IMMEDIATE")
    try writer.rows("INSERT INTO ledger (name) VALUES ('x')")
    #expect(try reader.scalar("SELECT count(*) FROM ledger") == .integer(1))
    try writer.rows("COMMIT")
    #expect(try reader.scalar("SELECT count(*) FROM ledger") == .integer(2))
  }

  @Test func `no acknowledged write of concurrent writers is lost`() throws {
    let rounds = 40
    let writers = 4
    let path = file.path
    DispatchQueue.concurrentPerform(iterations: writers) { _ in
      let opener = SessionOpener(
        path: path, account: .restricted(TestFile.backend), options: SQLiteOptions())
      guard let session = try? opener.open(for: .writing) else { return }
      for _ in 0..<rounds { _ = try? session.rows("UPDATE ledger SET id = id WHERE 0") }
      for _ in 0..<rounds { _ = try? session.rows("INSERT INTO ledger (name) VALUES (NULL)") }
    }
    #expect(try file.admin().scalar("SELECT count(*) FROM ledger") == .integer(Int64(1 + rounds * writers)))
  }

  @Test func `a reading session cannot write, even with the right to write`() throws {
    let reader = try file.session(as: TestFile.backend, for: .reading)
    #expect(reader.attempt("INSERT INTO ledger (name) VALUES ('x')")?.nativeCode == "8")
    #expect(throws: DatabaseError.self) { try reader.rows("BEGIN IMMEDIATE") }
  }

  @Test func `an account that may only read can open a transaction and read in it`() throws {
    let session = try file.session(as: TestFile.analytics)
    try session.rows("BEGIN IMMEDIATE")
    #expect(!session.isAutocommit)
    #expect(try session.rows("SELECT id FROM users").count == 2)
    try session.denial(of: "DELETE FROM events")
    try session.rows("COMMIT")
  }

  @Test func `a transaction that never ends has no effect`() throws {
    do {
      let session = try file.session(as: TestFile.backend)
      try session.rows("BEGIN IMMEDIATE")
      try session.rows("INSERT INTO ledger (name) VALUES ('x')")
    }
    #expect(try file.admin().scalar("SELECT count(*) FROM ledger") == .integer(1))
  }

  @Test func `a savepoint can be rolled back separately`() throws {
    let session = try file.session(as: TestFile.backend)
    for sql in [
      "BEGIN IMMEDIATE", "INSERT INTO ledger (name) VALUES ('kept')", "SAVEPOINT s1",
      "INSERT INTO ledger (name) VALUES ('undone')", "ROLLBACK TO SAVEPOINT s1", "RELEASE SAVEPOINT s1",
      "COMMIT",
    ] { try session.rows(sql) }
    #expect(try session.scalar("SELECT count(*) FROM ledger") == .integer(2))
  }

  @Test func `after a crash the file contains exactly the acknowledged writes`() throws {
    let session = try file.session(as: TestFile.backend)
    try session.rows("INSERT INTO ledger (name) VALUES ('acknowledged')")
    try session.rows("BEGIN IMMEDIATE")
    try session.rows("INSERT INTO ledger (name) VALUES ('not acknowledged')")
    // Copies the files as a killed process would leave them; SQLite rebuilds the shared-memory file.
    let after = try TestFile()
    try TestFile.copy(file.path, to: after.path)
    try TestFile.copy(file.path + "-wal", to: after.path + "-wal")
    unlink(after.path + "-shm")
    let recovered = try after.admin()
    #expect(try recovered.scalar("PRAGMA integrity_check") == .text("ok"))
    #expect(
      try recovered.rows("SELECT name FROM ledger ORDER BY id") == [
        [.text("first")], [.text("acknowledged")],
      ])
  }
}
