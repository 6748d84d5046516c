import CPostgres

/// What the server said about a statement that failed: the fields of its ErrorResponse that we use.
///
/// See the PostgreSQL manual, "Error and Notice Message Fields".
struct ServerFault: Sendable, Equatable {
  var state: String
  var message: String
  var detail: String?
  var table: String?
  var column: String?
  var constraint: String?
  /// The server's own function that raised it: tells apart faults that share a state, in no language.
  var function: String?

  init(state: String, message: String) {
    self.state = state
    self.message = message
  }

  /// Reads the fault of a failed result. Without a state, libpq itself has failed: the connection is gone.
  init(of result: OpaquePointer) {
    state = Self.field(BULKHEAD_PG_DIAG_SQLSTATE, of: result) ?? ""
    message =
      Self.field(BULKHEAD_PG_DIAG_MESSAGE, of: result) ?? LibraryMessage.text(PQresultErrorMessage(result))
    detail = Self.field(BULKHEAD_PG_DIAG_DETAIL, of: result)
    table = Self.field(BULKHEAD_PG_DIAG_TABLE, of: result)
    column = Self.field(BULKHEAD_PG_DIAG_COLUMN, of: result)
    constraint = Self.field(BULKHEAD_PG_DIAG_CONSTRAINT, of: result)
    function = Self.field(BULKHEAD_PG_DIAG_FUNCTION, of: result)
  }

  /// Whether the statement's preparation is out of date, so that preparing it anew may help: the server has
  /// forgotten the name (after DEALLOCATE ALL), or a changed table changed what it returns.
  var meansStalePreparation: Bool {
    state == "26000" || (state == "0A000" && function == "RevalidateCachedQuery")
  }

  private static func field(_ code: Int32, of result: OpaquePointer) -> String? {
    guard let text = PQresultErrorField(result, code) else { return nil }
    return String(cString: text)
  }
}
