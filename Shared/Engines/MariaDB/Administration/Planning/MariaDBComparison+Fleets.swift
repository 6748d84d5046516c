import AccessPlanning
import Schema

/// Other databases of our fleet. Accounts belong to the server, so with a wrong DB_NAME a change would take their rights in
/// the database that the services use.
extension MariaDBComparison {
  private var ours: Set<MariaDBPrivilege> {
    actual.privileges.filter { isOurs($0.grantee) || hasOurName($0.grantee) }
  }

  /// Whether accounts of our names have rights in other databases, of which some may be our fleet's.
  var reachesOtherDatabases: Bool {
    ours.contains { privilege in
      guard let home = privilege.place.database, !home.isExactly(actual.database) else { return false }
      if case .database(let pattern) = privilege.place, pattern.standsAlone(for: actual.database) {
        return false
      }
      return !RightsQueries.databasesOfServers.contains(ExactText(home))
    }
  }

  /// Throws where accounts of our names have rights in another database with our record of migrations. Only an operator
  /// can say which of the two the fleet uses.
  func refuseOtherFleet() throws(AccessError) {
    for fleet in actual.otherFleets.sorted().map(\.wrappedValue) {
      let holders = Set(ours.filter { $0.place.isIn(fleet) }.map(\.grantee.displayName)).sorted()
      guard !holders.isEmpty else { continue }
      let record = SchemaMigrations.definition.name
      let names = [record, "\(record)_former"].map {
        "\(MariaDBSQL.identifier(fleet)).\(MariaDBSQL.identifier($0))"
      }
      throw .unsupported(
        "accounts of this fleet have rights in the database \(fleet), which has our record of migrations, and DB_NAME is "
          + "\(actual.database): a change here would take these rights (\(holders.joined(separator: ", "))), so nothing "
          + "was changed. Where services use \(fleet), set DB_NAME to it. Where the fleet has moved to \(actual.database), "
          + "end its programs that use \(fleet) and run as the superuser: RENAME TABLE \(names[0]) TO \(names[1])"
      )
    }
  }
}
