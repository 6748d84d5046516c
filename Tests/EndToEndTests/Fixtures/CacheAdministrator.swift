import Foundation

/// The cache's superuser, as an operator has it. The fleet's own cache administrator may change accounts, and it makes
/// this one.
struct CacheAdministrator: Sendable {
  private static let name = "superuser"
  private static let password = "a-password-for-tests"

  private let deployment: Deployment

  init(of deployment: Deployment) async throws {
    self.deployment = deployment
    let password = try String(contentsOfFile: deployment.credential("cache-admin"), encoding: .utf8)
    try await command(
      ["ACL", "SETUSER", Self.name, "on", ">" + Self.password, "~*", "&*", "+@all"], as: "cache-admin",
      password.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Runs a command.
  func run(_ words: [String]) async throws { try await command(words, as: Self.name, Self.password) }

  /// Starts a client that follows the server as a replica does.
  func startReplica() throws -> Started {
    try Started(
      URL(fileURLWithPath: "/usr/bin/env"), try client(as: Self.name) + ["--replica"],
      environment: ["REDISCLI_AUTH": Self.password], in: deployment.folder)
  }

  private func client(as user: String) throws -> [String] {
    guard let servers = deployment.servers else { throw Program.Failure("the cache has no server") }
    return [
      "redis-cli", "-h", try servers.value("REDIS_HOST"), "-p", try servers.value("REDIS_PORT"), "--user",
      user,
    ]
  }

  private func command(_ words: [String], as user: String, _ password: String) async throws {
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"), try client(as: user) + words,
      environment: ["REDISCLI_AUTH": password], in: deployment.folder)
    guard output.status == 0, output.out.hasPrefix("OK") else {
      throw Program.Failure("redis-cli \(words): \(output.out)\(output.err)")
    }
  }
}
