import DataAccess
import TestSupport

extension Result where Success == any ResultSet, Failure == DatabaseError {
  /// The error, when there is one.
  package var error: DatabaseError? {
    if case .failure(let error) = self { error } else { nil }
  }

  /// The integer in the first field, when there is one.
  package var integer: Int64? {
    guard case .success(let rows) = self, rows.rowCount > 0 else { return nil }
    return try? rows.integer(0, 0)
  }
}
