import CPostgres

/// The server's error for a failed statement: the fields of its ErrorResponse that this driver uses.
///
/// See the PostgreSQL manual, "Error and Notice Message Fields".
struct ServerFault: Sendable, Equatable {
  var state: String
  var message: String
  var detail: String?
  var table: String?
  var column: String?
  var constraint: String?
  /// The server's function that raised it. It distinguishes faults that share a state, in any language.
  var function: String?
  /// Whether the server ends the session with it.
  var isFatal = false
  /// Whether it is a warning rather than an error, or a notice without consequence.
  var isWarning = false
  /// Whether the transaction was begun as one that only reads. The server reports a write in it with the state of a
  /// read-only server.
  var isOfReadingTransaction = false

  init(state: String, message: String) {
    self.state = state
    self.message = message
  }

  /// Reads the fault of a failed result. Without a state, libpq itself has failed because the connection is lost.
  init(of result: OpaquePointer) {
    state = Self.field(BULKHEAD_PG_DIAG_SQLSTATE, of: result) ?? ""
    message =
      Self.field(BULKHEAD_PG_DIAG_MESSAGE, of: result) ?? LibraryMessage.text(PQresultErrorMessage(result))
    detail = Self.field(BULKHEAD_PG_DIAG_DETAIL, of: result)
    table = Self.field(BULKHEAD_PG_DIAG_TABLE, of: result)
    column = Self.field(BULKHEAD_PG_DIAG_COLUMN, of: result)
    constraint = Self.field(BULKHEAD_PG_DIAG_CONSTRAINT, of: result)
    function = Self.field(BULKHEAD_PG_DIAG_FUNCTION, of: result)
    let severity = Self.field(BULKHEAD_PG_DIAG_SEVERITY, of: result)
    isFatal = ["FATAL", "PANIC"].contains(severity)
    isWarning = severity == "WARNING"
  }

  /// Whether the session has ended: the server said so, or libpq has lost the connection.
  var endsSession: Bool { isFatal || state.isEmpty }

  /// Whether the prepared statement is stale, so that a new preparation may succeed. Either the server has dropped the
  /// name (after DEALLOCATE ALL), or a changed table changed its columns.
  var meansStalePreparation: Bool {
    state == "26000" || (state == "0A000" && function == "RevalidateCachedQuery")
  }

  /// Whether the server takes no writes.
  var meansReadOnlyServer: Bool { SQLState.kind(of: state) == .readOnlyServer && !isOfReadingTransaction }

  /// Whether it is the warning that a commit's wait for the synchronous standby was cancelled. The server then reports
  /// the commit as a success, and a failover may lose it:
  /// https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION.
  var meansUnreplicatedCommit: Bool { function == "SyncRepWaitForLSN" }

  private static func field(_ code: Int32, of result: OpaquePointer) -> String? {
    guard let text = PQresultErrorField(result, code) else { return nil }
    return String(cString: text)
  }
}
