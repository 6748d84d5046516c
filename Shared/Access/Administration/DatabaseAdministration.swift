import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess

/// What a database engine is to the operator's tool: inspection of what is there, grants, escape attempts, bootstrap,
/// reset and rendering.
///
/// Each engine's folder has one value of this kind, in a target apart from the driver, so that services link the driver
/// alone. The tool lists them in its `Composition.swift`.
package protocol DatabaseAdministration: Sendable {
  /// The engine as a service sees it.
  var engine: any DatabaseEngine { get }

  /// Whether the engine checks a password at login; an embedded engine selects rights by the account's name.
  var checksPasswords: Bool { get }

  /// What the proof tries beside tables and columns.
  var escapeAttempts: EscapeAttempts { get }

  /// Why the database cannot be opened yet, and what to do about it; nil where it is there, or where only a connection
  /// can show it.
  func absence(of configuration: DatabaseConfiguration) -> String?

  /// The administrator's driver; it may create what is missing where the engine keeps a file.
  func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver

  /// The rights in the database that `administrator` is connected to.
  func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget

  /// Creates the database and its administrator, as the engine's own superuser; a second run does nothing.
  func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome

  /// Removes the whole database and answers true, where that needs no server; false leaves it to the migrations.
  func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool

  /// The manifest's rights as SQL, made offline; nil where the engine takes its rights in no such form.
  func sql(for manifest: AccessManifest, database: String) -> String?
}

extension DatabaseAdministration {
  /// The driver of any account of the manifest, the administrator among them.
  package func driver(
    as account: String, of site: DatabaseSite
  ) throws(CredentialStore.Failure) -> any DatabaseDriver {
    if account == site.manifest.administrators.databaseAccount {
      return administratorDriver(site.configuration)
    }
    let password = checksPasswords ? try site.credentials.password(of: account) : .init("")
    return engine.driver(site.configuration.connecting(as: account, password: password))
  }
}
