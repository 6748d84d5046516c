import AccessLint
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import Migrations

/// A database engine as the operator's tool uses it: inspection, grants, escape attempts, bootstrap, reset, rendering.
///
/// Each engine's folder has one such value, in a target apart from the driver, so that services link only the driver.
/// The tool lists the values in its `Composition.swift`.
package protocol DatabaseAdministration: Sendable {
  /// The engine as services use it.
  var engine: any DatabaseEngine { get }

  /// Whether the engine checks a password at login. An embedded engine selects rights by the account's name only.
  var checksPasswords: Bool { get }

  /// Whether only a login shows that an account's password is that of its credential: the engine does not show its
  /// administrator the verifiers.
  var comparesPasswordsByLogin: Bool { get }

  /// The escape attempts of the proof, beside tables and columns, for the server that `administrator` connects to: the
  /// servers of an engine may differ.
  func escapeAttempts(in administrator: Database) async throws(DatabaseError) -> EscapeAttempts

  /// Why the database cannot be opened yet, and what to do next. Nil where it exists, or where only a connection can
  /// show that.
  func absence(of configuration: DatabaseConfiguration) -> String?

  /// The administrator's driver. Where the database is a file, the driver may create it.
  func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver

  /// The rights in the database that `administrator` connects to.
  func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget

  /// The logins of persons in that database; nil where the engine has no logins.
  func personalAccess(in administrator: Database, of site: DatabaseSite) -> (any PersonalAccess)?

  /// The accounts' passwords in that database; nil where the engine checks none. The server may say how it keeps them.
  func passwords(
    in administrator: Database, of site: DatabaseSite
  ) async throws(DatabaseError) -> (any AccountPasswords)?

  /// Whether a manifest may take its tables from the database (`schema: live`).
  var readsLiveTables: Bool { get }

  /// Reads the schema that the database really has, from one snapshot, and changes nothing. It waits only briefly for
  /// locks, and fails with ``DatabaseError/Kind/lockTimeout`` after that.
  func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema

  /// Runs `body` with the further nodes of the cluster that the administrator's server is in, each by a connection of its
  /// own. An engine without clusters has none.
  ///
  /// - Throws: also where a host of the settings is outside of that cluster and takes writes for itself.
  func withOtherNodes<Value: Sendable>(
    of administrator: Database, in site: DatabaseSite, _ body: (OtherNodes) async throws -> Value
  ) async throws -> Value

  /// The identities that would assign a key that a row has already. The catalog does not show them, so this reads the
  /// largest key of each table. An engine whose identities follow the rows has none.
  func identitiesBehindRows(in database: Database) async throws(DatabaseError) -> [SchemaDifference]

  /// The manifest of the rights that the database has, with doubts as comments; nil where it has none to import.
  func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String?

  /// Reads what the lint of the manifest takes from the tables of these schemas, and changes nothing. Nil from an
  /// engine without such facts.
  func lintFacts(in database: Database, schemas: [String]) async throws(DatabaseError) -> LiveAccessFacts?

  /// What this server's provider leaves open, beside the engine's known residues; nil where the engine's superuser is
  /// ours.
  func providerResidues(
    in administrator: Database, of site: DatabaseSite
  ) async throws(DatabaseError) -> ProviderResidues?

  /// Creates the database and its administrator, as the engine's superuser, or as the administrator that a provider
  /// gives. A second run does nothing.
  func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome

  /// Removes the whole database and returns true, where no server is needed; otherwise returns false.
  func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool

  /// The manifest's rights as SQL, made offline; nil where the engine takes its rights in another form.
  func sql(for manifest: AccessManifest, database: String) -> String?
}

extension DatabaseAdministration {
  /// No: the administrator reads the verifiers, or there are none.
  package var comparesPasswordsByLogin: Bool { false }

  /// None: the engine's identities follow the rows.
  package func identitiesBehindRows(
    in database: Database
  ) async throws(DatabaseError) -> [SchemaDifference] { [] }

  /// Without nodes.
  package func withOtherNodes<Value: Sendable>(
    of administrator: Database, in site: DatabaseSite, _ body: (OtherNodes) async throws -> Value
  ) async throws -> Value { try await body(OtherNodes()) }

  /// No facts.
  package func lintFacts(
    in database: Database, schemas: [String]
  ) async throws(DatabaseError) -> LiveAccessFacts? { nil }

  /// An engine without roles of a provider has none.
  package func providerResidues(
    in administrator: Database, of site: DatabaseSite
  ) async throws(DatabaseError) -> ProviderResidues? { nil }

  /// An engine without logins opens none.
  package func personalAccess(in administrator: Database, of site: DatabaseSite) -> (any PersonalAccess)? {
    nil
  }

  /// An engine that checks no password has none to change.
  package func passwords(in administrator: Database, of site: DatabaseSite) -> (any AccountPasswords)? { nil }

  /// Connects as any account with any password, for the logins that must fail; nil where the engine checks no password.
  package func login(of site: DatabaseSite) -> ProofDatabase.Login? {
    guard checksPasswords else { return nil }
    let engine = engine
    return { account, password in
      engine.driver(site.configuration.connecting(as: account, password: password))
    }
  }

  /// The driver for any account of the manifest, including the administrator.
  package func driver(
    as account: String, of site: DatabaseSite
  ) throws(CredentialStore.Failure) -> any DatabaseDriver {
    if account == site.manifest.administrators.databaseAccount {
      return administratorDriver(site.configuration)
    }
    var configuration = site.configuration.connecting(as: account, password: .init(""))
    if checksPasswords { configuration.credential = try site.credentials.source(of: account) }
    return engine.driver(configuration)
  }
}

/// The part of a database that is imported.
package struct ImportSelection: Sendable {
  /// The schemas; empty for all.
  package let schemas: [String]
  /// The login roles; empty for all with a right on a table.
  package let roles: [String]

  /// Creates a selection; without arguments, everything.
  package init(schemas: [String] = [], roles: [String] = []) {
    self.schemas = schemas
    self.roles = roles
  }
}

/// The result of a bootstrap of one engine.
package struct BootstrapOutcome: Sendable, Hashable {
  /// The engine's name in reports.
  package let engine: String
  /// The executed steps; empty where everything existed.
  package let done: [PlannedStep]
  /// Why the engine needs no bootstrap; nil where it needs one.
  package let remark: String?
  /// What stays to do, because the server refused it to this account.
  package var remaining: [PlannedStep] = []

  /// Creates an outcome.
  package init(engine: String, done: [PlannedStep] = [], remark: String? = nil) {
    self.engine = engine
    self.done = done
    self.remark = remark
  }
}
