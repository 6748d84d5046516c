import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import MariaDBDriver
import Migrations

/// MariaDB for the operator's tool. Accounts and rights are not part of it yet: migrations and services run under
/// accounts that an operator makes by hand.
package struct MariaDBAdministration: DatabaseAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any DatabaseEngine { MariaDBEngine() }

  package var checksPasswords: Bool { true }

  package var escapeAttempts: EscapeAttempts {
    EscapeAttempts(changesRowsAtCursors: false, keepsIdentities: false) { _, _, _ in [] }
  }

  package var readsLiveTables: Bool { false }

  package var coverage: AccessCoverage { AccessCoverage(engine: "MariaDB", kinds: [], residues: []) }

  /// Always nil, because only a connection can show whether a database exists.
  package func absence(of configuration: DatabaseConfiguration) -> String? { nil }

  package func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    engine.driver(configuration)
  }

  package func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget {
    UnsupportedGrants(name: engine.dialect.engineName)
  }

  package func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema {
    try await database.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
      try await MariaDBSchemaReader(transaction).read()
    }
  }

  package func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String? { nil }

  package func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome {
    throw .unsupported(UnsupportedGrants.reason)
  }

  package func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool { false }

  package func sql(for manifest: AccessManifest, database: String) -> String? { nil }
}

/// Rights that this release does not manage.
private struct UnsupportedGrants: GrantTarget {
  static let reason = "this release does not manage accounts and rights on MariaDB: create them by hand"

  let name: String

  func plan() async throws(AccessError) -> AccessPlan { throw .unsupported(Self.reason) }
  func apply() async throws(AccessError) -> AccessOutcome { throw .unsupported(Self.reason) }
  func verify() async throws(AccessError) -> [Deviation] { throw .unsupported(Self.reason) }
}
