import AccessAdministration
import AccessManifest
import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access render`: writes the manifest's rights as text, offline.
struct AccessRenderCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Write the manifest's rights as text, without any engine.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case sql
    case accessControlList = "redis-acl"
    case env
  }

  @Argument(help: "The form to write: sql, redis-acl or env.")
  var format: Format

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    switch format {
    case .sql: context.console.printDocument(try sql(on: context))
    case .accessControlList: context.console.printDocument(try cacheACL(on: context))
    case .env:
      let directory = context.credentials.directory
      context.console.printDocument(context.manifest.environment(credentialsDirectory: directory))
    }
    return .success
  }

  /// The SQL of the engine that `DB_TYPE` selects. Where that engine takes its rights in another form, the SQL of the
  /// first engine that has one.
  private func sql(on context: ToolContext) throws -> String {
    if context.manifest.isLive {
      throw ToolError(
        "the manifest takes its tables from the database ('schema: live'): `access plan` prints the SQL")
    }
    let (engine, database) = try context.environment.databaseIdentity()
    let administrations = Administrations.databases
    let ordered =
      administrations.filter { $0.engine.name == engine.name }
      + administrations.filter { $0.engine.name != engine.name }
    let texts = ordered.lazy.compactMap { $0.sql(for: context.manifest, database: database) }
    guard let text = texts.first else {
      throw ToolError("no database engine of this tool takes its rights as SQL")
    }
    return text
  }

  private func cacheACL(on context: ToolContext) throws -> String {
    for administration in Administrations.caches {
      let text = try administration.accessControlList(
        for: context.manifest, credentials: context.credentials)
      if let text { return text }
    }
    throw ToolError("no cache engine of this tool takes its rights as an ACL file")
  }
}
