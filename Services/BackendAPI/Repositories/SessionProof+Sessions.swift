import DataAccess
import Routing
import Schema

extension SessionProof {
  private static let state = Sessions.select(\.tokenHash, \.revokedAt)

  /// Reads the state of the session, together with the next statement of the transaction.
  func gather(in transaction: Transaction) async throws(DatabaseError) -> GatheredResult {
    try await transaction.gather(Self.state.where(\.id == principal.sessionID).limit(stated: 1))
  }

  /// Makes the check: whether the session of these rows goes on and is that of this very token.
  func check(_ rows: any ResultSet) throws(DatabaseError) -> Bool {
    let isOpen = rows.rowCount > 0 && rows.isNull(0, 1)
    let hash = isOpen ? try rows.text(0, 0) : nil
    let goesOn = hash.map { SessionRepository.belongs(principal.token, toSessionHash: $0) } ?? false
    record(goesOn: goesOn)
    return goesOn
  }
}
