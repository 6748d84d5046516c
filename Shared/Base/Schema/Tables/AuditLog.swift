/// Who did what to which object. Shared and append-only, and no service reads it.
package struct AuditLog: Table {
  package let id = Column<Self, Int64>.identity
  /// The service that wrote the row. Each service may write only its own name.
  package let source = Column<Self, String>("source", .varchar(32))
  /// The database account of the service.
  package let account = Column<Self, String>("account", .varchar(64))
  /// The user of the request; NULL without a token, and for work that no request asked for.
  package let actorID = Column<Self, Int64?>("actor_id", .bigint)
  package let actorRole = Column<Self, String?>("actor_role", .varchar(16))
  /// The network address of the client.
  package let address = Column<Self, String?>("address", .varchar(64))
  /// The request's id, as in the access log.
  package let requestID = Column<Self, String?>("request_id", .varchar(128))
  package let action = Column<Self, String>("action", .varchar(64))
  /// The kind of the object and its id, such as `user/7`.
  package let object = Column<Self, String>("object", .varchar(128))
  /// A JSON list of the names of the changed fields; never a value.
  package let fields = Column<Self, JSONText>("fields", .json, default: .text("[]"))
  package let occurredAt = Column<Self, Timestamp>("occurred_at", .timestamp, default: .currentTimestamp)

  package static let shape = AuditLog()

  package static let definition = TableDefinition(
    name: "audit_log", owner: nil,
    columns: columns(
      \.id, \.source, \.account, \.actorID, \.actorRole, \.address, \.requestID, \.action, \.object, \.fields,
      \.occurredAt),
    indexes: [["source", "id"], ["actor_id", "id"], ["object", "id"], ["occurred_at"]])
}
