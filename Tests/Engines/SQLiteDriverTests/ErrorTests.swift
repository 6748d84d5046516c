import DataAccess
import Glibc
import Testing

@testable import SQLiteDriver

struct ErrorTests {
  private let file: TestFile
  private let session: FileSession

  init() throws {
    file = try TestFile()
    session = try file.admin()
  }

  @Test(arguments: [
    (
      "INSERT INTO users (email, password) VALUES ('ann@example.com', 'x')",
      DatabaseError.Kind.uniqueViolation(constraint: "users.email"), "2067"
    ),
    (
      "INSERT INTO platform_integrations (platform, external_id) VALUES ('twitch', 't1')",
      .uniqueViolation(constraint: "platform_integrations.platform, platform_integrations.external_id"),
      "2067"
    ),
    ("INSERT INTO ledger (id) VALUES (1)", .uniqueViolation(constraint: "ledger.id"), "1555"),
    ("INSERT INTO users (email) VALUES ('x')", .notNullViolation, "1299"),
    ("INSERT INTO sessions (user_id) VALUES (99)", .foreignKeyViolation, "787"),
    ("SELECT nothing FROM users", .invalidStatement, "1"),
    ("SELECT \"nothing\" FROM users", .invalidStatement, "1"),
    ("SELEC 1", .invalidStatement, "1"),
    ("", .invalidStatement, "1"),
    ("SELECT 1; DELETE FROM users", .invalidStatement, "1"),
    ("SELECT 1; -- and a comment", .invalidStatement, "1"),
    ("SELECT 1\0; DELETE FROM users", .invalidStatement, "1"),
    ("SELECT ?", .invalidStatement, "25"),
    ("INSERT INTO ledger (id) VALUES ('no number')", .valueOutOfRange, "20"),
  ])
  func `SQLite's errors map to the kinds that all engines share`(
    _ sql: String, _ kind: DatabaseError.Kind, _ code: String
  ) throws {
    let error = try #require(session.attempt(sql))
    #expect(error.kind == kind)
    #expect(error.nativeCode == code)
    #expect(error.operation == "test")
    #expect(!error.isRetryable)
    #expect(!error.description.contains("ann@"))
  }

  @Test func `a trailing semicolon and white space are accepted`() throws {
    #expect(try session.rows("SELECT 1; \n;") == [[.integer(1)]])
  }

  @Test func `a missing file is not created for a service`() throws {
    let opener = SessionOpener(
      path: file.directory + "/none.db", account: .restricted("x"), options: SQLiteOptions())
    let error = #expect(throws: DatabaseError.self) { try opener.open(for: .reading) }
    #expect(error?.kind == .connectionRefused)
    #expect(error?.detail?.contains("bulkhead migrate up") == true)
    #expect(access(opener.path, F_OK) != 0)
  }

  @Test func `a file that is not a database is rejected with its reason`() throws {
    let path = file.directory + "/test.db-journal"
    let stream = try #require(fopen(path, "w"))
    fputs(String(repeating: "this is no database. ", count: 100), stream)
    fclose(stream)
    let error = #expect(throws: DatabaseError.self) {
      try SessionOpener(path: path, account: .unrestricted, options: SQLiteOptions()).open(for: .writing)
    }
    #expect(error?.kind == .unreadableFile)
    #expect(error?.detail?.contains("not a database") == true)
    #expect(error?.mayHaveWritten == false, "no statement ran")
  }

  @Test func `a directory is rejected as a database`() throws {
    let opener = SessionOpener(path: file.directory, account: .unrestricted, options: SQLiteOptions())
    let error = #expect(throws: DatabaseError.self) { try opener.open(for: .writing) }
    #expect(error?.kind == .connectionRefused)
  }

  @Test func `an account without rights gets an error with the command to run`() throws {
    let error = #expect(throws: DatabaseError.self) { try file.session(as: "stranger") }
    #expect(error?.kind == .authenticationFailed)
    #expect(error?.detail == "the file has no rights for account stranger; run bulkhead access apply")
  }

  @Test func `a file without a table of rights rejects every account`() throws {
    try session.rows("DROP TABLE bulkhead_rights")
    let error = #expect(throws: DatabaseError.self) { try file.session(as: TestFile.connector) }
    #expect(error?.kind == .authenticationFailed)
  }

  @Test(arguments: ["", "{", "[]", "{\"tables\": {\"Users\": {}}}", "{\"tables\": {\"a\\\"b\": {}}}"])
  func `unreadable or unenforceable rights reject the account`(_ json: String) throws {
    try session.rows("UPDATE bulkhead_rights SET rights = ?", .text(json))
    let error = #expect(throws: DatabaseError.self) { try file.session(as: TestFile.connector) }
    #expect(error?.kind == .authenticationFailed)
  }

  @Test func `only the owner may read a new file and its WAL and shared-memory files`() throws {
    for suffix in ["", "-wal", "-shm"] {
      var status = stat()
      #expect(stat(file.path + suffix, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
    }
  }

  @Test func `a file that may only be read is an error that names it`() throws {
    try session.rows("PRAGMA query_only = ON")
    let error = try #require(session.attempt("INSERT INTO ledger (name) VALUES ('x')"))
    #expect(error.kind == .readOnlyServer)
    #expect(error.detail?.hasPrefix("\(file.path): ") == true)
  }

  @Test(arguments: [
    // No space for the write (778), or for the shared memory that a first opening makes (4874).
    (778, false, DatabaseError.Kind.storageFull), (4874, false, .storageFull),
    // fsync (1034, 1290), truncation (1546) and mapping (5386): the disk is full, or it fails.
    (1034, true, .storageFull), (1290, true, .storageFull), (1546, true, .storageFull),
    (5386, true, .storageFull), (1034, false, .connectionLost), (1546, false, .connectionLost),
    (266, true, .connectionLost),
  ])
  func `an error of input and output for lack of space is that of a full disk`(
    _ code: Int32, _ isFull: Bool, _ kind: DatabaseError.Kind
  ) {
    // The system's own file system has no free block.
    let path = isFull ? "/proc/self/status" : file.path
    let error = FaultTranslation(nil, path: path).error(
      SQLiteFault(code: code, message: "disk I/O error"), during: Operation(.insert))
    #expect(error.kind == kind)
    #expect(error.detail?.hasPrefix("\(path): disk I/O error") == true)
    #expect((error.detail?.contains("the disk is full") == true) == (kind == .storageFull))
  }

  @Test func `a full disk is an error and ends the transaction`() throws {
    try session.rows("PRAGMA max_page_count = 24")
    try session.rows("BEGIN IMMEDIATE")
    var error: DatabaseError?
    for _ in 0..<100 where error == nil {
      error = session.attempt("INSERT INTO ledger (name) VALUES (hex(randomblob(4000)))")
    }
    #expect(error?.kind == .storageFull)
    #expect(error?.nativeCode == "13")
    #expect(error?.detail == "\(file.path): database or disk is full")
    #expect(session.attempt("ROLLBACK") == nil)
    #expect(session.isAutocommit)
    #expect(try session.scalar("SELECT count(*) FROM ledger") == .integer(1))
  }
}
