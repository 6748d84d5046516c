import Schema

extension Migration {
  /// What a session records of its refresh tokens, and of its client.
  static let v0011 = Migration(
    version: 11, name: "refresh_tokens", oldestProgram: 5,
    up: added.map { .addColumn($0, table: "sessions") },
    down: added.reversed().map { .dropColumn($0.name, table: "sessions") })

  private static let added = [
    ColumnDefinition(name: "refresh_hash", type: .char(64), isNullable: true),
    ColumnDefinition(name: "former_refresh_hash", type: .char(64), isNullable: true),
    ColumnDefinition(name: "refresh_seed", type: .char(64), isNullable: true),
    .optionalMoment("refreshed_at"),
    ColumnDefinition(name: "user_agent", type: .varchar(255), isNullable: true),
  ]
}
