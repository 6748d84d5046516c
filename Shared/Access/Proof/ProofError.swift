import Cache
import DataAccess

/// An error that stops the proof. A violation is not an error: the report contains it.
package enum ProofError: Error, Sendable {
  /// The administrator could not insert or remove the probe rows.
  case probeRows(DatabaseError)
  /// The connection to the database was lost during the proof.
  case database(DatabaseError)
  /// The proof was stopped on request.
  case stopped
}

extension ProofError: CustomStringConvertible {
  /// The error with the engine's own message.
  package var description: String {
    switch self {
    case .probeRows(let error) where error.kind == .lockTimeout,
      .database(let error) where error.kind == .lockTimeout:
      "the proof cannot go on: \(error.detail ?? error.description)"
    case .probeRows(let error):
      "the administrator cannot insert or remove the proof's rows: \(error.detail ?? error.description)"
    case .database(let error):
      "the proof lost its connection to the database: \(error.detail ?? error.description)"
    case .stopped:
      "the proof was stopped on request; its rows are removed"
    }
  }
}

/// The progress of a proof.
package struct ProofProgress: Sendable, Hashable {
  /// The cells tried so far.
  package let done: Int
  /// The cells of the matrix.
  package let total: Int
  /// The account of the last cell.
  package let account: String
}
