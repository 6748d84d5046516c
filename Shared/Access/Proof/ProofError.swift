import Cache
import DataAccess

/// Why the proof could not be carried out. A violation is no error: it is what the proof is for.
package enum ProofError: Error, Sendable {
  /// The rows that the proof needs could not be put in place, or found again.
  case probeRows(DatabaseError)
  /// The database was lost in the middle.
  case database(DatabaseError)
}

extension ProofError: CustomStringConvertible {
  /// What went wrong, with the engine's own words.
  package var description: String {
    switch self {
    case .probeRows(let error):
      "the administrator could not place the proof's rows: \(error.detail ?? error.description)"
    case .database(let error): "the database was lost during the proof: \(error.detail ?? error.description)"
    }
  }
}

/// How far the proof is.
package struct ProofProgress: Sendable, Hashable {
  /// Cells tried.
  package let done: Int
  /// Cells in all.
  package let total: Int
  /// Whose cells are being tried.
  package let account: String
}
