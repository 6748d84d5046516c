import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Foundation
import Logging
import Runtime
import Service

/// The context of every subcommand: the manifest, the credentials and the console. It needs no engine.
struct ToolContext: Sendable {
  let environment: ToolEnvironment
  let settings: ToolSettings
  private(set) var manifest: AccessManifest
  /// The text of a live manifest whose tables are not known yet.
  private var unresolved: ManifestDocument?
  let credentials: CredentialStore
  let logger: Logger
  let stop: CommandStop
  var console: Console { stop.console }

  init(stop: CommandStop, environment: ToolEnvironment = .process()) throws {
    Signals.ignoreBrokenPipes()
    let (settings, log, problems) = environment.tool()
    stop.console.warn(of: environment.warnings)
    self.environment = environment
    self.settings = settings
    self.stop = stop
    do {
      let document = try ManifestDocument(path: settings.manifestPath)
      manifest = try document.manifest()
      unresolved = manifest.isLive ? document : nil
    } catch {
      if !problems.isEmpty { throw ConfigurationProblems(problems) }
      throw error
    }
    credentials = CredentialStore(directory: settings.credentialsDirectory)
    logger = Logger.program("bulkhead", settings: log)
  }

  /// Reads the settings of the database only.
  func database() throws -> DatabaseContext {
    let database = try environment.database(
      administrators: manifest.administrators, credentialsDirectory: credentials.directory)
    return try DatabaseContext(tool: self, database: database)
  }

  /// The context with the manifest checked against its database, where the manifest takes its tables from there.
  func overCatalog() async throws -> ToolContext {
    guard let unresolved else { return self }
    let database = try database()
    guard database.administration.readsLiveTables else {
      throw ToolError(
        "a manifest with 'schema: live' needs PostgreSQL, not \(database.administration.engine.name)")
    }
    let administration = database.administration
    let catalog = try await database.withDatabase(waiting: true) { connection in
      try await administration.liveSchema(in: connection).managed(in: administration.engine.dialect)
    }
    var context = self
    context.manifest = try unresolved.manifest(over: catalog)
    context.unresolved = nil
    return context
  }

  /// Reads the settings of database and cache, and the tables of a live manifest. `droppingRetired` also drops what the
  /// manifest no longer lists.
  func fleet(droppingRetired: Bool = false) async throws -> FleetContext {
    try await overCatalog().fleetOfManifest(droppingRetired: droppingRetired)
  }

  func fleetOfManifest(droppingRetired: Bool) throws -> FleetContext {
    let (database, cache) = try environment.engines(
      administrators: manifest.administrators, credentialsDirectory: credentials.directory)
    var context = try DatabaseContext(tool: self, database: database)
    context.site.dropsRetired = droppingRetired
    return try FleetContext(database: context, cache: cache)
  }

  /// What runs: the fleet manifest beside the access manifest.
  func fleetManifest() throws -> FleetManifest {
    try FleetManifest.load(path: FleetManifest.path(beside: settings.manifestPath), with: manifest)
  }

  /// Whether a fleet manifest lies beside the access manifest.
  var hasFleet: Bool {
    !manifest.isLive
      && FileManager.default.fileExists(atPath: FleetManifest.path(beside: settings.manifestPath))
  }

  /// The folder above the manifests' own, to which rendered files are written.
  var checkout: URL { manifests.deletingLastPathComponent() }

  /// The files that deploy the fleet, by the templates beside the manifests.
  func fleetRendering() throws -> FleetRendering {
    FleetRendering(
      context: RenderingContext(try fleetManifest(), manifest),
      templates: manifests.appendingPathComponent("templates"))
  }

  private var manifests: URL { URL(fileURLWithPath: settings.manifestPath).deletingLastPathComponent() }

  /// The folder that has the credentials' folder, and the fleet's keys, logs and settings.
  var stateFolder: URL { URL(fileURLWithPath: credentials.directory).deletingLastPathComponent() }

  /// A folder beside the credentials, for keys or logs.
  func folder(_ name: String) -> URL { stateFolder.appendingPathComponent(name) }
}
