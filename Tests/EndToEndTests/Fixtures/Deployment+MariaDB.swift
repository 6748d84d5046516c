import Foundation

/// A deployment on MariaDB.
extension Deployment {
  /// Runs statements as the superuser, and returns what they print. The file with the password is for the server's client
  /// alone.
  @discardableResult
  func mariadb(_ statements: [String]) async throws -> String {
    guard let servers else { throw Program.Failure("the deployment has no server") }
    let password = try String(contentsOfFile: try servers.value("MARIADB_PASSWORD_FILE"), encoding: .utf8)
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "mariadb", "--no-defaults", "--skip-column-names", "--host", try servers.value("MARIADB_HOST"),
        "--port",
        try servers.value("MARIADB_PORT"), "--user", try servers.value("MARIADB_SUPERUSER"), "--execute",
        statements.joined(separator: "; "),
      ],
      environment: [
        "MYSQL_PWD": password.trimmingCharacters(in: .whitespacesAndNewlines), "PATH": "/usr/bin:/bin",
      ], in: folder)
    guard output.status == 0 else { throw Program.Failure("mariadb: \(output.err)") }
    return output.out
  }

  /// The account of the other tests may make accounts, which the proof would report.
  func dropAccountOfTests() async throws {
    guard let name = servers?.variables["MARIADB_TEST_OWNER"] else { return }
    try await mariadb(["DROP USER IF EXISTS `\(name)`@'127.0.0.1'"])
  }
}
