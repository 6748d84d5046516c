import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import DataAccess
import DatabaseTestSupport
import EventLoop
import Glibc
import Logging
import MemoryCache
import MemoryCacheAdministration
import Migrations
import SQLiteAdministration
import SQLiteDriver
import Schema
import TestSupport
import Testing

/// The fleet's database as a file of one test, and its cache in memory.
final class EmbeddedFleet: Sendable {
  let manifest: AccessManifest
  let administrator: Database
  private let path: String
  private let store = MemoryStore { 0 }
  private let loop: LoopFixture
  private let folder: TemporaryFolder
  private let logger = Logger(label: "prove") { _ in SwiftLogNoOpLogHandler() }

  init(_ manifest: AccessManifest? = nil) async throws {
    self.manifest = try manifest ?? FleetManifest.load()
    loop = try LoopFixture(name: "prove")
    folder = try TemporaryFolder()
    path = folder.file("app_db.db")
    administrator = Database(
      driver: SQLiteDriver.unrestricted(path: path), loop: loop.loop,
      configuration: .patient(2),
      logger: logger)
    try await MigrationEngine(administrator).up()
    _ = try await access.apply()
  }

  func close() async { await administrator.close() }

  var access: AccessController {
    AccessController(
      targets: [SQLiteGrants(manifest: manifest, administrator: administrator), MemoryGrants()])
  }

  /// The deviations. The plan must be empty exactly where there is none: `plan` and `verify` end with the same code.
  func deviations() async throws -> [Deviation] {
    let found = try await access.verify().flatMap(\.value)
    let isPlanEmpty = try await access.plan().allSatisfy { $0.value.isEmpty }
    #expect(isPlanEmpty == found.allSatisfy(\.isNote), "\(found.map(\.message))")
    return found
  }

  func proof(escapeAttempts: EscapeAttempts = .sqlite) async throws -> ProofReport {
    let (path, store, manifest) = (path, store, manifest)
    let prover = Prover(
      manifest: manifest,
      database: ProofDatabase(
        administrator: administrator, escapeAttempts: escapeAttempts, loop: loop.loop, logger: logger,
        driver: { SQLiteDriver(configuration: DatabaseConfiguration(name: path, user: $0)) }),
      cache: ProofCache(probes: CacheProbes()) { account in
        store.connection(account: account, rights: manifest.cacheAccount(named: account)?.rights ?? [])
      },
      now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) })
    return try await prover.run()
  }

  func database(as account: String) -> Database {
    Database(
      driver: SQLiteDriver(configuration: DatabaseConfiguration(name: path, user: account)), loop: loop.loop,
      configuration: .patient(2), logger: logger)
  }

  /// Sets the mode of the file.
  func setFileMode(_ mode: mode_t) throws { try #require(chmod(path, mode) == 0) }

  /// Changes the stored rights of an account without the tool.
  func tamper(_ account: String, _ change: (inout SQLiteRights) -> Void) async throws {
    let stored = try await administrator.unsafeQuery(
      unsafeSQL: "SELECT rights FROM bulkhead_rights WHERE account = ?", [.text(account)])
    var rights = try SQLiteRights(json: stored.text(0, 0))
    change(&rights)
    _ = try await administrator.unsafeQuery(
      unsafeSQL: SQLiteRights.storing(try rights.json(), of: account))
  }
}

extension CacheAccount {
  /// The account's key spaces as the memory cache enforces them.
  var rights: [CacheRights] {
    keys.map { CacheRights(keyPrefix: $0.prefix, access: $0.access == .readWrite ? .readWrite : .read) }
  }
}
