/// The people who sign in. Owned by backend-api.
public struct Users: Table {
  public let id = Column<Self, Int64>.identity
  public let email = Column<Self, String>("email", .varchar(255))
  /// A PHC string; never the password.
  public let password = Column<Self, String>("password", .varchar(255))
  public let active = Column<Self, Bool>("active", .boolean, default: .boolean(true))
  /// A random text that changes when all sessions of the user shall end.
  public let fsUniquifier = Column<Self, String>("fs_uniquifier", .varchar(64))
  public let role = Column<Self, String>(
    "role", .varchar(16), default: .text("member"), allowed: ["member", "operator"])
  public let confirmedAt = Column<Self, Timestamp?>("confirmed_at", .timestamp)
  public let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = Users()

  public static let definition = TableDefinition(
    name: "users", owner: "backend-api",
    columns: columns(
      \.id, \.email, \.password, \.active, \.fsUniquifier, \.role, \.confirmedAt, \.createdAt, \.updatedAt),
    uniqueKeys: [["email"], ["fs_uniquifier"]])
}
