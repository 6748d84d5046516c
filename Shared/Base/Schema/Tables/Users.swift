/// The people who sign in. Owned by backend-api.
package struct Users: Table {
  package let id = Column<Self, Int64>.identity
  package let email = Column<Self, String>("email", .varchar(255))
  /// A PHC string; never the password.
  package let password = Column<Self, String>("password", .varchar(255))
  package let active = Column<Self, Bool>("active", .boolean, default: .boolean(true))
  /// A random text. Changing it ends all sessions of the user.
  package let fsUniquifier = Column<Self, String>("fs_uniquifier", .varchar(64))
  package let role = Column<Self, String>(
    "role", .varchar(16), default: .text(Role.member.rawValue), allowed: Role.allCases.map(\.rawValue))
  package let confirmedAt = Column<Self, Timestamp?>("confirmed_at", .timestamp)
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)
  /// The highest version among the user's removed settings, so that no version of a setting comes twice.
  package let removedSettingVersion = Column<Self, Int>(
    "removed_setting_version", .integer, default: .integer(0))

  package static let shape = Users()

  package static let definition = TableDefinition(
    name: "users", owner: "backend-api",
    columns: columns(
      \.id, \.email, \.password, \.active, \.fsUniquifier, \.role, \.confirmedAt, \.createdAt, \.updatedAt,
      \.removedSettingVersion),
    uniqueKeys: [["email"], ["fs_uniquifier"]],
    indexes: [["created_at"]])
}

/// A user's role, which determines the user's permissions. The raw value is the text of ``Users/role``, of tokens and of
/// the API.
package enum Role: String, Sendable, Hashable, CaseIterable, Codable {
  /// Accesses only the user's own data.
  case member
  /// Also reads all users and the reports.
  case `operator`
}
