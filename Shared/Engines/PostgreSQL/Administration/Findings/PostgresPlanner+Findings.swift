import AccessPlanning

extension PostgresPlanner {
  /// The steps of a finding that concerns what is ours. Objects with rows or code of others are named and kept.
  func steps(for finding: PostgresFinding, _ reason: String) -> [PlannedStep] {
    switch finding.kind {
    case .disabledTrigger:
      let table = PostgresObject.table(finding.name).sqlTarget
      return [PlannedStep("ALTER \(table) ENABLE TRIGGER ALL", reason: reason, authority: .superuser)]
    case .databaseOption: return reset(option: finding.name, reason)
    case .ownedObject: return take(finding, reason)
    case .userMapping: return drop(mapping: finding, reason)
    default: return []
    }
  }

  private func reset(option: String, _ reason: String) -> [PlannedStep] {
    let database = PostgresObject(.database, name: declared.database)
    let value = option == "IS_TEMPLATE" ? "false" : "-1"
    let owner = actual.owners[database] ?? administrator
    return [
      PlannedStep(
        "ALTER \(database.sqlTarget) WITH \(option) \(value)", reason: reason,
        authority: authority(asOwner: owner))
    ]
  }

  /// The statement that gives an object of any kind to the administrator. Only a superuser can own an event trigger,
  /// and an extension cannot change its owner.
  private func take(_ finding: PostgresFinding, _ reason: String) -> [PlannedStep] {
    guard let kind = Self.kinds[finding.detail ?? ""] else { return [] }
    return [
      PlannedStep(
        "ALTER \(kind) \(finding.name) OWNER TO \(owner(administrator))", reason: reason,
        authority: .superuser)
    ]
  }

  /// The words of `ALTER`, by the kind as `pg_identify_object` prints it.
  private static let kinds = [
    "type": "TYPE", "operator": "OPERATOR", "operator class": "OPERATOR CLASS",
    "operator family": "OPERATOR FAMILY", "collation": "COLLATION", "conversion": "CONVERSION",
    "text search configuration": "TEXT SEARCH CONFIGURATION",
    "text search dictionary": "TEXT SEARCH DICTIONARY", "statistics object": "STATISTICS",
    "publication": "PUBLICATION", "server": "SERVER", "language": "LANGUAGE", "database": "DATABASE",
    "tablespace": "TABLESPACE",
  ]

  /// Only the mappings of our own accounts are ours.
  private func drop(mapping: PostgresFinding, _ reason: String) -> [PlannedStep] {
    guard let account = mapping.account, declared.roles[account] != nil else { return [] }
    return [
      PlannedStep(
        "DROP USER MAPPING FOR \(owner(account)) SERVER \(PostgresSQL.identifier(mapping.name))",
        reason: reason, authority: .superuser)
    ]
  }

  /// Stops the sampling of a column and removes the samples: changing a column to its own type rewrites no row, and
  /// drops its statistics. PostgreSQL refuses that for a column in a policy, of which the manifest shows the values.
  func stopSampling(_ column: PostgresSampledColumn, _ reason: String) -> [PlannedStep] {
    guard actual.owners[.table(column.table)] != nil else { return [] }
    let change =
      "ALTER \(PostgresObject.table(column.table).sqlTarget) ALTER COLUMN \(PostgresSQL.identifier(column.column))"
    let stop = onTable(column.table, "\(change) SET STATISTICS 0", reason)
    guard column.isAnalyzed, !isInPolicy(column) else { return [stop] }
    return [stop, onTable(column.table, "\(change) TYPE \(column.type)", reason)]
  }

  private func isInPolicy(_ column: PostgresSampledColumn) -> Bool {
    declared.policies.union(actual.policies).contains { policy in
      policy.table == column.table
        && [policy.using, policy.check].contains { $0?.contains(column.column) ?? false }
    }
  }
}
