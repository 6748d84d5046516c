import DatabaseTestSupport

@testable import MariaDBAdministration

extension MariaDBComparison {
  /// The fleet's manifest against a server that has what it declares, but for this change.
  static func ofFleet(
    accepts: [String: String] = [:], changed change: (inout MariaDBState) -> Void
  ) throws -> MariaDBComparison {
    var manifest = try FleetManifest.load()
    manifest.scope.accepts = accepts
    let declared = MariaDBState(declaredBy: manifest, database: MariaDBFleet.database, catalog: .mariaDB)
    var actual = declared
    change(&actual)
    return MariaDBComparison(declared: declared, actual: actual, manifest: manifest, former: [])
  }
}
