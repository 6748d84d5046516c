import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import EventLoop
import Foundation
import Logging
import PostgresAdministration
import PostgresDriver
import Schema
import Secrets
import TestSupport
import Testing

/// The database of the example shop on a server of its own. The tool made none of it.
final class ShopDatabase: Sendable {
  static let name = "shop"

  let postgres: PostgresServer
  let credentials: CredentialStore
  let superuser: Database
  let administrator: Database
  private let owner = PostgresServer.Account(
    name: "shop_owner", password: Secret("the password of the owner of the shop"))
  private let loop: LoopFixture
  private let folder: TemporaryFolder
  private let logger = Logger(label: "shop") { _ in SwiftLogNoOpLogHandler() }

  /// Runs `body` with the shop's database, as its own migrations made it, or with another schema in its place.
  static func with(
    schema: String = path("schema.sql"), _ body: (ShopDatabase) async throws -> Void
  ) async throws {
    try await ServerControl.withServer("postgresql") { environment in
      let shop = try await ShopDatabase(schema: schema, on: PostgresServer(environment: environment))
      try await body(shop)
      await shop.administrator.close()
      await shop.superuser.close()
    }
  }

  private init(schema: String, on postgres: PostgresServer) async throws {
    self.postgres = postgres
    loop = try LoopFixture(name: "shop")
    folder = try TemporaryFolder()
    credentials = CredentialStore(directory: folder.file("credentials"))
    let (loop, logger) = (loop.loop, logger)
    func open(_ account: PostgresServer.Account, _ database: String) -> Database {
      Database(
        driver: postgres.driver(as: account, database: database), loop: loop,
        configuration: .patient(2), logger: logger)
    }
    let server = open(postgres.superuser, "postgres")
    for sql in [
      "CREATE ROLE shop_owner LOGIN CREATEROLE PASSWORD '\(owner.password.reveal())'",
      "CREATE DATABASE \(Self.name) OWNER shop_owner",
      "ALTER ROLE \"\(postgres.owner.name)\" NOCREATEROLE",
    ] { _ = try await server.unsafeQuery(unsafeSQL: sql) }
    await server.close()
    superuser = open(postgres.superuser, Self.name)
    administrator = open(owner, Self.name)
    let text = try String(contentsOfFile: schema, encoding: .utf8)
    let statements = text.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
      .split(separator: ";\n").filter { $0.contains { !$0.isWhitespace } }
    for sql in statements { try await asOwner(String(sql)) }
  }

  /// A file of the example.
  static func path(_ file: String) -> String { Checkout.path("deploy/examples/shop/\(file)") }

  func asOwner(_ sql: String) async throws { _ = try await administrator.unsafeQuery(unsafeSQL: sql) }

  func asSuperuser(_ sql: String) async throws { _ = try await superuser.unsafeQuery(unsafeSQL: sql) }

  /// The example's manifest after a change of its text, over the tables that the database has.
  func manifest(replacing old: String = "", with new: String = "") async throws -> AccessManifest {
    let text = try String(contentsOfFile: Self.path("access.yaml"), encoding: .utf8)
    return try await self.manifest(of: old.isEmpty ? text : text.replacing(old, with: new))
  }

  /// A manifest over the tables that the database has.
  func manifest(of text: String) async throws -> AccessManifest {
    let administration = PostgresAdministration()
    let tables = try await administration.liveSchema(in: administrator)
      .managed(in: administration.engine.dialect)
    return try AccessManifest.parse(text, catalog: tables)
  }

  /// The manifest that an import writes, as text.
  func imported(_ selection: ImportSelection = ImportSelection()) async throws -> String {
    try #require(try await PostgresAdministration().importedManifest(in: administrator, selection))
  }

  func grants(_ manifest: AccessManifest, dropsRetired: Bool = false) -> PostgresGrants {
    PostgresGrants(
      manifest: manifest, credentials: credentials, administrator: administrator, driver: login,
      loop: loop.loop, dropsRetired: dropsRetired)
  }

  /// Creates the missing credentials and applies the manifest.
  func apply(_ manifest: AccessManifest) async throws -> AccessOutcome {
    _ = try credentials.createMissing(for: manifest.databaseAccounts.map(\.name))
    return try await grants(manifest).apply()
  }

  func deviations(_ manifest: AccessManifest) async throws -> [String] {
    try await grants(manifest).verify().filter { !$0.isNote }.map(\.message)
  }

  func violations(_ manifest: AccessManifest) async throws -> [String] {
    try await proof(manifest).violations.map(\.description)
  }

  func proof(_ manifest: AccessManifest) async throws -> ProofReport {
    let (credentials, login) = (credentials, login)
    var database = ProofDatabase(
      administrator: administrator, escapeAttempts: .postgreSQL, loop: loop.loop, logger: logger,
      login: login, driver: { login($0, try credentials.password(of: $0)) })
    let grants = grants(manifest)
    database.untriedRights = { try await grants.verify().heldRights }
    return try await Prover(
      manifest: manifest, database: database, cache: nil,
      now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) }
    ).run()
  }

  private var login: @Sendable (_ account: String, _ password: Secret) -> any DatabaseDriver {
    let postgres = postgres
    return { account, password in
      postgres.driver(as: PostgresServer.Account(name: account, password: password), database: Self.name)
    }
  }
}
