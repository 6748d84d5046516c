import DataAccess
import Testing
import Transport

@testable import PostgresDriver

struct ErrorReadingTests {
  @Test(
    arguments: [
      ("permission denied for table users", "users", nil), ("permission denied for view users", "users", nil),
      ("permission denied for relation users", "users", nil),
      ("permission denied for sequence users_id_seq", "users_id_seq", nil),
      ("permission denied for materialized view totals", "totals", nil),
      ("permission denied for column \"email\" of relation \"users\"", "users", "email"),
      ("new row violates row-level security policy for table \"users\"", "users", nil),
      ("new row violates row-level security policy \"mine\" for table \"users\"", "users", nil),
      ("new row violates row-level security policy (USING expression) for table \"users\"", "users", nil),
      ("must be owner of table users", "users", nil), ("permission denied for schema private", nil, nil),
      ("permission denied for function pg_read_file", nil, nil),
    ] as [(String, String?, String?)])
  func `a denial's message yields its object`(message: String, table: String?, column: String?) throws {
    let object = try #require(DeniedObject(message: message))
    #expect(object.table == table)
    #expect(object.column == column)
  }

  @Test(arguments: ["", "keine Berechtigung f\u{fc}r Tabelle users", "permission denied to create role"])
  func `a message of another form yields no object`(message: String) {
    #expect(DeniedObject(message: message) == nil)
  }

  @Test func `the SQLSTATE of a rejected connection is parsed in any language`() {
    let message =
      "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28P01: password authentication failed; LOCATION:  auth_failed, auth.c:321"
    let other = message.replacing("FATAL", with: "SCHWERWIEGEND")
    #expect(ConnectionFailure(libraryMessage: message) == .rejected(state: "28P01", message: message))
    #expect(ConnectionFailure(libraryMessage: other) == .rejected(state: "28P01", message: other))
    let refused = "connection to server at \"127.0.0.1\", port 1 failed: Connection refused"
    #expect(ConnectionFailure(libraryMessage: refused) == .refused(refused))
  }

  @Test(arguments: [
    ("40001", DatabaseError.Kind.serializationFailure), ("40P01", .deadlock), ("55P03", .lockTimeout),
    ("57014", .statementTimeout), ("23503", .foreignKeyViolation), ("23514", .checkViolation),
    ("23502", .notNullViolation), ("53300", .tooManyConnections), ("53100", .storageFull),
    ("57P01", .connectionLost),
    ("57P04", .connectionLost), ("25006", .readOnlyServer),
    ("08006", .connectionLost), ("28000", .authenticationFailed), ("22003", .valueOutOfRange),
    ("42P01", .invalidStatement), ("XX000", .other), ("", .connectionLost),
  ])
  func `each SQLSTATE maps to its kind of error`(state: String, kind: DatabaseError.Kind) {
    let fault = PipelineFault.server(ServerFault(state: state, message: "a message of the server"))
    let error = DatabaseError(fault, during: Operation(.select, table: "users"), account: "reader")
    #expect(error.kind == kind)
    #expect(error.nativeCode == state)
    #expect(error.operation == "select users")
  }

  @Test(arguments: [
    ("25P04", DatabaseError.Kind.connectionLost), ("53200", .connectionLost), ("XX000", .connectionLost),
    ("28P01", .authenticationFailed), ("53300", .tooManyConnections), ("53100", .storageFull),
    ("23514", .checkViolation),
  ])
  func `an error that ends the session is a lost connection, unless its state says more`(
    state: String, kind: DatabaseError.Kind
  ) {
    var fault = ServerFault(state: state, message: "a message of the server")
    fault.isFatal = true
    let error = DatabaseError(.server(fault), during: Operation(.select), account: "reader")
    #expect(error.kind == kind && error.nativeCode == state)
  }

  /// The server makes every error a fatal one, as its own limits do that this release does not have yet.
  @Test(arguments: ["25P04", "53200", "XX000"])
  func `a session that the server ends with an error of any state is lost`(state: String) async throws {
    try await PostgresFixture.with { _, session in
      try await session.run("SET exit_on_error = on")
      let error = await #expect(throws: DatabaseError.self) {
        try await session.run("DO $$ BEGIN RAISE EXCEPTION 'the end' USING ERRCODE = '\(state)'; END $$")
      }
      #expect(error?.kind == .connectionLost && error?.nativeCode == state)
      #expect(await !session.isOpen())
    }
  }

  @Test(arguments: [
    ("08P01", "FATAL:  SASL authentication failed", true), ("08P01", "FATAL:  no such user: stranger", true),
    ("08P01", "FATAL:  unsupported frontend protocol", false), ("57P03", "no such user", false),
  ])
  func `a pooler's refusal of a login is a refused login, and no other violation of the protocol is one`(
    state: String, message: String, isRefused: Bool
  ) throws {
    let failure = ConnectionFailure.rejected(state: state, message: message)
    let address = try #require(ServerAddress.all(of: Endpoint(host: "127.0.0.1", port: 5432)).first)
    #expect(DatabaseError(failure, at: address, account: "stranger").isRefusedLogin == isRefused)
  }

  @Test func `a limit of time that ends the login is a statement timeout, with the commands that remove it`()
    throws
  {
    let failure = ConnectionFailure.rejected(
      state: "57014", message: "canceling statement due to statement timeout")
    let address = try #require(ServerAddress.all(of: Endpoint(host: "127.0.0.1", port: 5432)).first)
    let error = DatabaseError(failure, at: address, account: "reader")
    #expect(error.kind == .statementTimeout && error.nativeCode == "57014")
    #expect(error.connectionReport.contains(#"ALTER ROLE "reader" RESET statement_timeout"#))
  }

  @Test func `serialization failures, deadlocks and stale statements are retryable, others are not`() {
    for (state, isRetryable) in [("40001", true), ("40P01", true), ("26000", true), ("23505", false)] {
      let fault = PipelineFault.server(ServerFault(state: state, message: ""))
      let error = DatabaseError(fault, during: Operation(.update), account: "writer")
      #expect(error.isRetryable == isRetryable)
    }
  }

  @Test func `a write in a transaction that only reads is a mistake, not a read-only server`() {
    var fault = ServerFault(state: "25006", message: "cannot execute INSERT in a read-only transaction")
    #expect(fault.meansReadOnlyServer)
    fault.isOfReadingTransaction = true
    #expect(!fault.meansReadOnlyServer)
    let error = DatabaseError(.server(fault), during: Operation(.insert), account: "writer")
    #expect(error.kind == .other)
  }
}
