/// The tables of the one database that all services share.
///
/// No other place defines their columns. A test compares the result of the migrations with it, grants and proof cover
/// every table in it, and queries take their types from it.
package enum Schema {
  /// The schema version that this build of the services requires: the version of the newest migration.
  package static let currentVersion = 16

  /// Every table, including the record of migrations.
  package static let tables: [TableDefinition] = [
    Users.definition,
    Sessions.definition,
    Settings.definition,
    UserTokens.definition,
    BackendIdempotencyKeys.definition,
    Integrations.definition,
    Webhooks.definition,
    WebhookDeliveries.definition,
    PlatformIntegrations.definition,
    ConnectorOffsets.definition,
    ConnectorSetAsideEvents.definition,
    ConnectorOwners.definition,
    ConnectorIdempotencyKeys.definition,
    Events.definition,
    AuditLog.definition,
    Rollups.definition,
    SchemaMigrations.definition,
  ]

  /// The table with this name, or nil.
  package static func table(named name: String) -> TableDefinition? {
    tablesByName[name]
  }

  private static let tablesByName = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
}
