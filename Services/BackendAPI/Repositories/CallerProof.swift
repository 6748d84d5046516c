import DataAccess
import Routing
import Schema

/// What a request has proven of its caller: a session that has not ended, and the present password.
///
/// It was so when the password was checked, and a password, a session or a role may end until the change is made. So each
/// transaction that changes an account for a request takes a proof, and checks it again under the locks of its rows.
struct CallerProof: Sendable {
  let userID: Int64
  let sessionID: Int64
  /// The hash that the present password matched.
  let passwordHash: String

  /// Locks the caller's row, that of the user to be changed and the caller's session, for the rest of the transaction.
  /// Returns the problem of a caller who may not make the change any more.
  ///
  /// The users' rows are locked in the order of their ids: two operators who change each other never wait in a circle. A
  /// session's row comes after its user's, as in every change that ends sessions.
  /// - Parameter asOperator: Whether only an operator may do it even to the operator's own account.
  func refusal(
    changing id: Int64, asOperator: Bool = false, in transaction: Transaction
  ) async throws(DatabaseError) -> Problem? {
    if id < userID { try await Self.lock(id, in: transaction) }
    let row = Users.select(\.password, \.active, \.role).where(\.id == userID).forUpdate()
    let caller = try await transaction.first(row, as: { (hash: $0, active: $1, role: $2) })
    if id > userID { try await Self.lock(id, in: transaction) }
    let session = Sessions.select(\.id).where(
      \.id == sessionID && \.userID == userID && \.revokedAt.isNull
    ).forUpdate()
    let isSignedIn = try await transaction.first(session, as: { $0 }) != nil
    guard let caller, caller.active, isSignedIn else { return .unauthorized() }
    guard caller.hash == passwordHash else { return .wrongPresentPassword }
    let needsOperator = asOperator || id != userID
    guard !needsOperator || caller.role == Role.operator.rawValue else {
      return .forbidden("Only operators may do this.")
    }
    return nil
  }

  private static func lock(_ id: Int64, in transaction: Transaction) async throws(DatabaseError) {
    _ = try await transaction.first(Users.select(\.id).where(\.id == id).forUpdate(), as: { $0 })
  }
}

extension Problem {
  /// 403: the password is not the caller's present one.
  static var wrongPresentPassword: Problem {
    .forbidden("\(PresenceCheck.field) is wrong", code: .wrongPassword)
  }
}
