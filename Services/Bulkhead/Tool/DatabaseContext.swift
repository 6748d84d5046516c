import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import EventLoop
import Logging
import Runtime
import Synchronization

/// The tool's context for commands on the database: its administration and its site.
struct DatabaseContext: Sendable {
  let tool: ToolContext
  let administration: any DatabaseAdministration
  var site: DatabaseSite
  private let server = ServerName()

  /// The engine's name in reports: that of the server, once one was reached.
  var reportName: String { server.name.withLock { $0 } ?? administration.engine.dialect.engineName }

  /// The name of the server that was reached last.
  private final class ServerName: Sendable {
    let name = Mutex<String?>(nil)
  }

  /// One connection for the work, one for a migration that holds the lock, and one that reads what they wait for.
  static let administratorConnections = 3

  /// A migration may rewrite a large table.
  static let statementTimeoutMilliseconds = 3_600_000

  init(tool: ToolContext, database: SelectedDatabase) throws {
    let loop = try EventLoop.make(name: "bulkhead")
    loop.start()
    let selected = Administrations.databases.first { $0.engine.name == database.engine.name }
    guard let selected else { throw ToolError("this tool has no administration for \(database.engine.name)") }
    administration = selected
    site = DatabaseSite(
      manifest: tool.manifest, credentials: tool.credentials, configuration: database.configuration,
      loop: loop, logger: tool.logger)
    let logger = tool.logger
    site.hearsEnd = { Self.log(ended: $0, in: logger) }
    self.tool = tool
  }

  /// Logs the end of a person's login, with what it was for.
  private static func log(ended access: OpenedAccess, in logger: Logger) {
    logger.notice(
      "access ended",
      metadata: [
        "person": "\(access.person)", "rights": "\(access.rights.text)", "reason": "\(access.reason)",
      ])
  }

  /// The database that the settings select.
  var selected: SelectedDatabase {
    SelectedDatabase(engine: administration.engine, configuration: site.configuration)
  }

  var console: Console { tool.console }

  /// Opens the database as the administrator, and closes it after `body`.
  ///
  /// - Parameters:
  ///   - creates: Whether to create a database file that is missing; otherwise its absence is an error.
  ///   - waiting: Whether to wait for a server that does not answer yet.
  func withDatabase<Result>(
    creates: Bool = false, waiting: Bool = false, _ body: (Database) async throws -> Result
  ) async throws -> Result {
    if !creates, let absence { throw ToolError(absence) }
    let driver = administration.administratorDriver(site.configuration)
    if waiting {
      // A file that cannot be opened does not become one that can.
      let attempts = administration.engine.location.isEmbedded ? 1 : site.configuration.maximumRetries
      try await Database.waitUntilReachable(
        driver: driver, loop: site.loop, attempts: attempts,
        delaySeconds: site.configuration.retryDelaySeconds, logger: site.logger, acceptsRefusals: false)
    }
    let database = Database(
      driver: driver, loop: site.loop,
      configuration: PoolConfiguration(
        size: Self.administratorConnections, statementTimeoutMilliseconds: Self.statementTimeoutMilliseconds),
      logger: site.logger)
    defer {
      // A driver that has reached no server has the common name of its engine.
      let name = driver.dialect.engineName
      if name != administration.engine.dialect.engineName { server.name.withLock { $0 = name } }
    }
    return try await database.closing { try await body(database) }
  }
}
