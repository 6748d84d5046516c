import AccessPlanning

extension PostgresState {
  /// The engine's relations that everyone could read after `initdb`, and PUBLIC may no longer.
  var closedRelations: Set<String> {
    Set(
      findings.filter {
        $0.kind == .withdrawnRight && $0.schema == "pg_catalog" && $0.detail == "SELECT"
      }.map(\.name))
  }
}

extension PostgresComparison {
  /// What the tables lost or gained beside grants and policies: keys, rights of their owner, samples.
  var tables: [PostgresDifference] {
    let keys = declared.keys.filter { key in
      actual.owners[.table(key.table)] != nil && !actual.keys.contains(key)
    }
    let scoped = Set(declared.sampledColumns.map(\.table))
    let sampled = actual.sampledColumns.filter { scoped.contains($0.table) && isOfThisRelease($0) }
    let lost = actual.missingOwnerRights.filter {
      declared.owners[$0.object] != nil || $0.object.kind == .sequence || $0.object.isFuture
    }
    return keys.sorted { $0.sortKey < $1.sortKey }.map { .keyMissing($0) }
      + lost.sorted { $0.sortKey < $1.sortKey }.map { .ownerRight($0) }
      + sampled.sorted { $0.sortKey < $1.sortKey }.map { .sampledColumn($0) }
  }

  /// A column of a newer release is that release's to close.
  private func isOfThisRelease(_ column: PostgresSampledColumn) -> Bool {
    !actual.hasNewerSchema
      || declared.sampledColumns.contains { $0.table == column.table && $0.column == column.column }
  }

  /// What no list of grants shows.
  var findings: [PostgresDifference] {
    (actual.findings.filter(isDeviation) + rules + attributesOfOtherRoles)
      .sorted { $0.sortKey < $1.sortKey }.map { .finding($0) }
  }

  /// Roles outside the manifest that reach the rows without a grant. A superuser is a difference of its own.
  private var attributesOfOtherRoles: [PostgresFinding] {
    actual.roles.filter { declared.roles[$0.key] == nil && !$0.value.isSuperuser }.flatMap { name, role in
      role.attributes.filter { $0.isSet && Self.reachingAttributes.contains($0.word) }
        .map { PostgresFinding(.roleAttribute, name: name, account: name, detail: $0.word) }
    }
  }

  private static let reachingAttributes: Set<String> = ["REPLICATION", "BYPASSRLS", "CREATEROLE"]

  private func isDeviation(_ finding: PostgresFinding) -> Bool {
    switch finding.kind {
    case _ where declared.isLive && isGiven(finding): false
    case .table, .computedColumn, .disabledTrigger, .tableOption, .expressionIndex: isUnexplained(finding)
    case .foreignKey: declared.owners[.table(finding.name)] != nil && !isOfFleet(table: finding.detail)
    case .reader: finding.schema != PostgresSQL.schema && !isOfEngine(finding)
    case .ownedObject: finding.account.map { declared.credentials[$0] != nil } ?? false
    case .elsewhere: finding.account.map { declared.roles[$0] != nil } ?? false
    case .serverSetting: !PostgresServerSettings.isSafe(finding.name, finding.detail ?? "")
    case .extensionOfServer: !PostgresTrustedExtensions.names.contains(finding.name)
    default: !isOfNewerRelease(finding)
    }
  }

  /// Whether it belongs to the schema of a live manifest: the tables' maker made it too.
  private func isGiven(_ finding: PostgresFinding) -> Bool {
    switch finding.kind {
    case .computedColumn, .foreignKey, .disabledTrigger, .reader: true
    case .elsewhere: finding.account == declared.administrator
    case .table, .view, .materializedView, .foreignTable:
      [PostgresObject.Kind.table, .view].contains { kind in
        declared.owners[PostgresObject(kind, schema: finding.schema, name: finding.name)] != nil
      }
    default: false
    }
  }

  /// A table that the manifest's schema does not have, or a changed one that it has.
  private func isUnexplained(_ finding: PostgresFinding) -> Bool {
    let isDeclared = declared.owners[.table(finding.name)] != nil
    guard finding.kind == .table else { return isDeclared }
    return !(isDeclared && finding.schema == PostgresSQL.schema) && !isOfNewerRelease(finding)
  }

  private func isOfNewerRelease(_ finding: PostgresFinding) -> Bool {
    actual.hasNewerSchema && finding.isOfMigrations && finding.account == declared.administrator
  }

  /// A replaced view of the engine is a finding of its own.
  private func isOfEngine(_ finding: PostgresFinding) -> Bool {
    finding.schema == "pg_catalog" || finding.schema == "information_schema"
  }

  /// `regclass` prints a table of the fleet's schema with that schema, because the reader trusts only the engine's.
  private func isOfFleet(table: String?) -> Bool {
    declared.owners.keys.contains { object in
      object.kind == .table && table == "\(PostgresSQL.schema).\(object.name)"
    }
  }
}

extension PostgresKey {
  var deviation: Deviation {
    Deviation(
      .different, account: "PUBLIC", object: table, privilege: "UNIQUE (\(columns.joined(separator: ", ")))",
      message:
        "table \(table) lacks its unique key on \(columns.joined(separator: ", ")): run `bulkhead migrate check`"
    )
  }
}

extension PostgresSampledColumn {
  var deviation: Deviation {
    Deviation(
      .excess, account: "PUBLIC", object: table, privilege: Deviation.statisticsName, column: column,
      message: "the planner samples \(table).\(column), so EXPLAIN shows values of rows that a policy hides")
  }
}

extension PostgresDifference {
  /// The deviation of an owner that lost a right on its own object.
  static func lost(_ privilege: PostgresPrivilege) -> Deviation {
    Deviation(
      .missing, account: privilege.grantee.displayName, object: privilege.object.displayName,
      privilege: privilege.privilege, grantor: privilege.grantor,
      message: "\(privilege.grantor) lacks \(privilege.readable), although it owns it")
  }
}
