import AccessPlanning

extension PostgresFinding {
  /// The finding in the form that reports use.
  var deviation: Deviation {
    Deviation(
      direction, account: account ?? "PUBLIC", object: displayName, privilege: privilege, message: sentence)
  }

  private var direction: Deviation.Kind {
    switch kind {
    case .disabledTrigger, .serverSetting, .databaseOption, .decomposedName, .constraint, .columnDefault,
      .tableOption:
      .different
    case .missingConstraint, .withdrawnRight: .missing
    default: .excess
    }
  }

  /// The attribute of a role, the column of a table, the name of an option; for every other kind, its words.
  private var privilege: String {
    switch kind {
    case .roleAttribute, .withdrawnRight: detail ?? ""
    case .computedColumn: "COMPUTED COLUMN \(detail ?? "")"
    case .constraint, .missingConstraint: "CONSTRAINT \(detail ?? "")"
    case .columnDefault: "DEFAULT \(detail ?? "")"
    case .expressionIndex: "INDEX \(detail ?? "")"
    case .tableOption: "OPTION \(detail ?? "")"
    default: kind.rawValue.uppercased()
    }
  }

  private var by: String { account.map { " of \($0)" } ?? "" }

  private var sentence: String {
    switch kind {
    case .roleAttribute:
      "\(name) has the attribute \(detail ?? ""), and the manifest does not list the role"
    case .elsewhere where isOfServer:
      "\(account ?? "") holds rights on \(name), outside of the fleet's database: where no program uses it there, run "
        + revocation
    case .elsewhere: "\(account ?? "") \(detail ?? "has rights") in \(name), outside of the fleet's database"
    case .ownedObject: "\(detail ?? "object") \(name) is owned by the account \(account ?? "")"
    case .databaseOption:
      "the database has the option \(name) \(detail ?? ""), which the manifest does not declare"
    case .serverSetting:
      "\(name) of the server is \(detail ?? "empty"), which weakens the rights or keeps the services from working"
    case .authenticationRule:
      "line \(name) of pg_hba.conf admits connections without a password that the server checks (\(detail ?? ""))"
    case .decomposedName:
      "the \(name) has a text that is not in Unicode's composed form (NFC), so that the tool takes it for another one: "
        + "rename it"
    case .engineObject, .securityLabel, .replicationSlot, .extensionOfServer, .schema, .publication,
      .subscription, .eventTrigger, .foreignServer, .userMapping:
      sentenceOfServer
    case .computedColumn, .foreignKey, .disabledTrigger, .reader, .constraint, .missingConstraint,
      .columnDefault,
      .tableOption, .expressionIndex:
      sentenceOfTable
    case .withdrawnRight:
      "PUBLIC lacks \(detail ?? "") on the engine's own \(displayName), by which the services use it"
    case .routine:
      "the database has the routine \(displayName)\(by)\(detail.map { " (\($0))" } ?? ""), which no migration made"
    default: "the database has the \(kind.rawValue) \(displayName)\(by), which no migration made"
    }
  }

  /// The statement of the owner that ends a right on another database or a tablespace: `database app_db`.
  private var revocation: String {
    let parts = name.split(separator: " ", maxSplits: 1).map(String.init)
    return "REVOKE ALL ON \(parts[0].uppercased()) \(PostgresSQL.identifier(parts.last ?? "")) FROM "
      + PostgresSQL.identifier(account ?? "")
  }

  private var sentenceOfTable: String {
    switch kind {
    case .computedColumn:
      "column \(detail ?? "") of \(name) is computed, so it may copy a column that its readers may not read"
    case .foreignKey:
      "table \(detail ?? "")\(by) has a foreign key onto \(name), which shows what exists and blocks deletions"
    case .constraint:
      "table \(name) has the constraint or unique index \(detail ?? ""), which no migration made: it decides which rows "
        + "the services may write"
    case .missingConstraint:
      "table \(name) lacks its constraint \(detail ?? ""): run `bulkhead migrate check`"
    case .columnDefault:
      "the default of \(name).\(detail ?? "") is not that of the migrations: run `bulkhead migrate check`"
    case .expressionIndex:
      "the index \(detail ?? "") of \(name) is over an expression, whose values the planner samples and EXPLAIN shows"
    case .tableOption: "table \(name) has the option \(detail ?? ""), which no migration made"
    case .disabledTrigger: "triggers that enforce the foreign keys of \(name) are disabled"
    default: "view \(displayName)\(by) reads the table \(detail ?? "") with the rights of its owner"
    }
  }

  private var sentenceOfServer: String {
    switch kind {
    case .engineObject:
      "the engine's own \(name) was replaced\(detail.map { " (\($0))" } ?? ""): compare it with a fresh server's"
    case .securityLabel: "\(name) has a security label of the provider \(detail ?? "")"
    case .replicationSlot: "the replication slot \(name) copies the changes of this database"
    case .extensionOfServer:
      "the extension \(name)\(by) is not a trusted one, and the manifest does not list it"
    case .schema: "the database has the schema \(name)\(by), which the manifest does not list"
    case .publication: "the publication \(name)\(by) offers rows of this database to replication"
    case .subscription: "the subscription \(name)\(by) writes rows from another server into this database"
    case .eventTrigger:
      "the event trigger \(name)\(by) runs with the rights of the role that changes the schema (\(detail ?? ""))"
    case .foreignServer: "the database has the foreign server \(name)\(by), which no migration made"
    default: "\(account ?? "PUBLIC") has a user mapping for the foreign server \(name)"
    }
  }
}
