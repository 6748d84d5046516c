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

  private func command(_ words: [String], as user: String, _ password: String) async throws {
    guard let servers = deployment.servers else { throw Program.Failure("the cache has no server") }
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "redis-cli", "-h", try servers.value("REDIS_HOST"), "-p", try servers.value("REDIS_PORT"), "--user",
        user,
      ] + words,
      environment: ["REDISCLI_AUTH": password], in: deployment.folder)
    guard output.status == 0, output.out.hasPrefix("OK") else {
      throw Program.Failure("redis-cli \(words): \(output.out)\(output.err)")
    }
  }
}
