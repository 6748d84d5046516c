import AccessAdministration
import AccessManifest
import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access render`: the same rights as text, offline.
struct AccessRenderCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Writes the manifest's rights as text, without any engine.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case sql
    case accessControlList = "redis-acl"
    case env
  }

  @Argument(help: "sql, redis-acl or env.")
  var format: Format

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    switch format {
    case .sql: context.console.say(try sql(on: context))
    case .accessControlList: context.console.say(try cacheACL(on: context))
    case .env:
      let directory = context.credentials.directory
      context.console.say(context.manifest.environment(credentialsDirectory: directory))
    }
    return .success
  }

  /// The SQL of the engine that `DB_TYPE` selects; of the first that has any, where that one takes its rights in
  /// another form.
  private func sql(on context: ToolContext) throws -> String {
    let selected = try context.environment.databaseEngine().name
    let database = try context.environment.databaseName()
    let administrations = Administrations.databases
    let ordered =
      administrations.filter { $0.engine.name == selected }
      + administrations.filter { $0.engine.name != selected }
    let texts = ordered.lazy.compactMap { $0.sql(for: context.manifest, database: database) }
    guard let text = texts.first else { throw ToolError("no engine takes its rights as SQL") }
    return text
  }

  private func cacheACL(on context: ToolContext) throws -> String {
    for administration in Administrations.caches {
      let text = try administration.accessControlList(
        for: context.manifest, credentials: context.credentials)
      if let text { return text }
    }
    throw ToolError("no cache takes its rights as an ACL file")
  }
}
