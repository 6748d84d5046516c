/// The fields of a user that shall change; `nil` leaves a field as it is.
struct UserChanges: Sendable {
  var email: String?
  var passwordHash: String?
  var active: Bool?
  var role: String?

  var isEmpty: Bool { email == nil && passwordHash == nil && active == nil && role == nil }

  /// A new password, and another role or state than `user` has, end every session that was opened under the old one.
  func endsSessions(of user: User) -> Bool {
    passwordHash != nil || active.map { $0 != user.active } ?? false || role.map { $0 != user.role } ?? false
  }
}
