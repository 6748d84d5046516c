import AccessAdministration
import AccessPlanning
import Cache
import DataAccess
import Migrations

/// The version of a database's schema, and the newest one that this release knows.
struct SchemaVersions: Sendable {
  let found: Int
  let known: Int

  /// Why this release changes no right there.
  func refusal(of steps: Int) -> String {
    "nothing was changed: the database has schema version \(found), and this release knows \(known). Services of the newer "
      + "release may need the rights as they are, and \(steps.counted("step")) would change them. To run this release on them: "
      + "make roll-back-ENV RELEASE=THIS. Where no service of the newer release runs: bulkhead access apply --force, or "
      + "RIGHTS=forced make deploy-ENV (docs/deploy.md)"
  }
}

/// The database's grants, connected to for each call alone: a database that is down concerns no other engine.
struct DatabaseTarget: GrantTarget {
  let context: DatabaseContext
  /// Whether to wait for a server that does not answer yet.
  let waits: Bool

  var name: String { context.reportName }

  func plan() async throws(AccessError) -> AccessPlan { try await connected { try await $0.plan() } }

  func apply() async throws(AccessError) -> AccessOutcome { try await connected { try await $0.apply() } }

  func verify() async throws(AccessError) -> [Deviation] { try await connected { try await $0.verify() } }

  func openAccounts() async throws(AccessError) -> OpenAccounts {
    // An embedded engine has no passwords, and its file may not exist yet.
    guard context.administration.checksPasswords else { return OpenAccounts([:]) }
    return try await connected { try await $0.openAccounts() }
  }

  /// The versions where the database has the schema of a newer release, else nil. A live manifest has no schema of ours.
  func newerSchema() async throws(AccessError) -> SchemaVersions? {
    guard !context.tool.manifest.isLive else { return nil }
    do {
      let status = try await context.withDatabase(waiting: waits) { try await MigrationEngine($0).status() }
      return status.current > status.newest
        ? SchemaVersions(found: status.current, known: status.newest) : nil
    } catch MigrationError.database(let error) {
      throw AccessError.database(error).advisingBootstrap
    } catch {
      throw AccessError(error).advisingBootstrap
    }
  }

  private func connected<Result>(
    _ body: (any GrantTarget) async throws -> Result
  ) async throws(AccessError) -> Result {
    do {
      return try await context.withDatabase(waiting: waits) { administrator in
        try await body(context.administration.grants(in: administrator, of: context.site))
      }
    } catch {
      throw AccessError(error).advisingBootstrap
    }
  }
}

/// A database of others that could not be read, so that there is nothing to compare it with.
struct LostDatabase: GrantTarget {
  let name: String
  let error: DatabaseError

  func plan() async throws(AccessError) -> AccessPlan { throw .database(error) }

  func apply() async throws(AccessError) -> AccessOutcome { throw .database(error) }

  func verify() async throws(AccessError) -> [Deviation] { throw .database(error) }
}

/// The cache's grants, connected to for each call alone.
struct CacheTarget: GrantTarget {
  let administration: any CacheAdministration
  let site: CacheSite

  var name: String { administration.reportName }

  func plan() async throws(AccessError) -> AccessPlan { try await connected { try await $0.plan() } }

  func apply() async throws(AccessError) -> AccessOutcome { try await connected { try await $0.apply() } }

  func verify() async throws(AccessError) -> [Deviation] { try await connected { try await $0.verify() } }

  func openAccounts() async throws(AccessError) -> OpenAccounts {
    try await connected { try await $0.openAccounts() }
  }

  private func connected<Result>(
    _ body: (any GrantTarget) async throws -> Result
  ) async throws(AccessError) -> Result {
    do {
      return try await administration.withGrants(of: site) { try await body($0) }
    } catch {
      throw AccessError(error)
    }
  }
}

extension AccessError {
  /// A server that refuses the administrator keeps every other command from mending that.
  fileprivate var advisingBootstrap: AccessError {
    guard case .database(let error) = self, error.isRefusedEntry else { return self }
    let detail = error.detail.map { "\($0). " } ?? ""
    return .database(
      error.with(detail: "\(detail)If that is the administrator, run `bulkhead bootstrap`"))
  }

  /// The error of a connection or of the work on it.
  init(_ error: any Error) {
    self =
      switch error {
      case let error as AccessError: error
      case let error as DatabaseError: .database(error)
      case let error as CacheError: .cache(error)
      case let error as CredentialStore.Failure: .credential(error)
      default: .unsupported("\(error)")
      }
  }
}
