import Testing

@testable import DataAccess

@Suite struct DatabaseErrorTests {
  @Test func `a description has kind, code and operation, and nothing of the engine's message`() {
    let error = DatabaseError(
      .uniqueViolation(constraint: "users_email_key"), nativeCode: "23505", operation: "insert users",
      detail: "Key (email)=(secret@example.com) already exists.")
    #expect(error.description == "unique violation of users_email_key (23505) during insert users")
    #expect("\(error)".contains("secret") == false)
    #expect(error.isUniqueViolation)
  }

  @Test func `a denial names account, verb, table and column`() {
    let denial = PermissionDenial(account: "connector-rw", verb: .select, table: "users", column: "email")
    let error = DatabaseError(.permissionDenied(denial), nativeCode: "42501")
    #expect(error.description == "permission denied: connector-rw may not select users.email (42501)")
    #expect(error.isPermissionDenied)
  }

  @Test func `a denial of another statement names the account and no verb`() {
    let denial = PermissionDenial(account: "migrate-admin", verb: .other)
    #expect(
      DatabaseError(.permissionDenied(denial), nativeCode: "42501").description
        == "permission denied to migrate-admin (42501)")
    let table = PermissionDenial(account: "migrate-admin", verb: .other, table: "users")
    #expect(
      DatabaseError(.permissionDenied(table)).description == "permission denied to migrate-admin on users")
  }

  @Test
  func `serialization failures and deadlocks are retryable, others only when the driver marks them`() {
    #expect(DatabaseError(.serializationFailure).isRetryable)
    #expect(DatabaseError(.deadlock).isRetryable)
    #expect(!DatabaseError(.connectionLost).isRetryable)
    #expect(DatabaseError(.lockTimeout, isRetryable: true).isRetryable)
  }

  @Test func `unavailability differs from refusal`() {
    #expect(DatabaseError(.acquireTimeout("")).isUnavailability)
    #expect(DatabaseError(.connectionRefused).isUnavailability)
    #expect(DatabaseError(.readOnlyServer).isUnavailability)
    #expect(DatabaseError(.storageFull).isUnavailability)
    #expect(DatabaseError(.unreadableFile).isUnavailability)
    #expect(DatabaseError(.authenticationFailed).isUnavailability)
    #expect(!DatabaseError(.checkViolation).isUnavailability)
  }

  private static func lost(_ operation: DataAccess.Operation, isRead: Bool = false) -> DatabaseError {
    DatabaseError(.connectionLost).during(Query(sql: "", operation: operation, isRead: isRead))
  }

  @Test func `the description of a lost connection says that a write may have taken place`() {
    #expect(Self.lost(Operation(.update, table: "users")).description.contains("unknown"))
    #expect(!Self.lost(Operation(.select, table: "users")).description.contains("unknown"))
    #expect(!DatabaseError(.connectionLost).description.contains("unknown"), "no statement ran")
  }

  @Test(arguments: ["read the table", "count", "list tables", "migrate to 3"])
  func `whether a lost statement may have written follows from the query, whichever its label`(
    label: String
  ) {
    let operation = Operation(.other, label: label)
    #expect(Self.lost(operation).mayHaveWritten)
    #expect(!Self.lost(operation, isRead: true).mayHaveWritten)
    let unsent = DatabaseError(.connectionLost).withoutEffect(of: operation)
    #expect(!unsent.mayHaveWritten && unsent.operation == label)
  }

  @Test func `of the statements that control a transaction, only the commit of changes may have written`() {
    let dialect = Dialect.postgreSQL
    let commits = [dialect.commit, dialect.commit(.consistentRead)]
    let others = [
      dialect.begin(.readWrite), dialect.begin(.consistentRead), dialect.rollback,
      dialect.savepoint(depth: 1),
      dialect.release(depth: 1), dialect.rollback(toDepth: 1),
    ]
    let mayHaveWritten = { DatabaseError(.connectionLost).during($0).mayHaveWritten }
    #expect(commits.map(mayHaveWritten) == [true, false])
    #expect(others.map(mayHaveWritten).allSatisfy { !$0 })
  }
}
