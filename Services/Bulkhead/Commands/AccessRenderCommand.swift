import ArgumentParser
import Cryptography
import Grants
import Runtime

/// `bulkhead access render`: the same rights as text, offline.
struct AccessRenderCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "Writes the manifest's rights as text, without any engine.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case sql
    case redisACL = "redis-acl"
    case env
  }

  @Argument(help: "sql, redis-acl or env.")
  var format: Format

  func work(on workbench: Workbench) async throws -> Runtime.ExitCode {
    let rights = RenderedRights(workbench.manifest)
    switch format {
    case .sql: workbench.console.say(rights.sql(database: workbench.environment.database.name))
    case .redisACL: workbench.console.say(rights.redisACL(passwordDigests: try digests(on: workbench)))
    case .env:
      workbench.console.say(rights.environment(credentialsDirectory: workbench.credentials.directory))
    }
    return .success
  }

  /// The digests of the credentials that are there; Redis keeps nothing else of a password.
  private func digests(on workbench: Workbench) throws -> [String: String] {
    let accounts =
      workbench.manifest.cacheAccounts.map(\.name) + [workbench.manifest.administrators.cacheAccount]
    var digests: [String: String] = [:]
    for account in accounts where workbench.credentials.contains(account) {
      digests[account] = SHA256.hex(try workbench.credentials.password(of: account).reveal())
    }
    return digests
  }
}
