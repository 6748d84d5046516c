import CPostgres
import DataAccess
import Glibc

/// Owns one result of libpq and frees it.
///
/// A result is complete and independent of its connection.
// @unchecked: libpq only reads a result after it was made: "PGresult objects are normally read-only after creation, and
// so can be passed around freely between threads" (manual, "Behavior in Threaded Programs"). The driver uses none of
// the functions that modify one, and `deinit` frees it once.
final class ResultHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(adopting pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQclear(pointer)
  }

  var status: ExecStatusType { PQresultStatus(pointer) }

  /// The rows that an INSERT, UPDATE or DELETE changed, or a SELECT returned; 0 for other commands.
  var affectedRows: Int {
    guard let count = PQcmdTuples(pointer) else { return 0 }
    return atol(count)
  }

  var columnNames: [String] {
    (0..<PQnfields(pointer)).map { column in PQfname(pointer, column).map { String(cString: $0) } ?? "" }
  }

  /// The form of each column.
  var forms: [Field.Form] {
    (0..<PQnfields(pointer)).map { Field.Form(of: pointer, $0) }
  }

  /// The best form for later requests of the statement's rows, according to their types.
  var bestForm: ResultForm {
    for column in 0..<PQnfields(pointer) {
      if case .other = FieldKind(PQftype(pointer, column)) { return .text }
    }
    return .binary
  }
}
