import Foundation

/// The settings with which `up` reached its database and cache, as a file that a shell in another terminal reads:
/// `. .bulkhead/fleet.env`. It exists while the fleet runs.
///
/// It holds the names of password files and no password: a setting with a password in it is left out, and the file says
/// so.
struct FleetSettings: Sendable {
  private static let prefixes = ["DB_", "CACHE_"]
  private static let others: Set = ["ACCESS_MANIFEST", "CREDENTIALS_DIR"]
  private static let secrets: Set = ["DB_PASS", "CACHE_PASS", "DATABASE_URL"]

  let path: String

  /// Writes the file.
  init(
    context: ToolContext, variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let file = context.folder("fleet.env")
    path = file.relativePath
    let made = FileManager.default.createFile(
      atPath: file.path, contents: Data(Self.text(of: variables).utf8),
      attributes: [.posixPermissions: 0o600])
    guard made else { throw ToolError("cannot write \(path)") }
  }

  /// Removes the file.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The lines for a POSIX shell.
  static func text(of variables: [String: String]) -> String {
    let shown = variables.filter { name, _ in
      (prefixes.contains { name.hasPrefix($0) } || others.contains(name)) && !secrets.contains(name)
    }
    let lines = shown.sorted { $0.key < $1.key }.map { "export \($0.key)=\($0.value.shellQuoted)" }
    let hidden = secrets.filter { variables[$0] != nil }.sorted().map {
      "# \($0) holds a password: set it as for bulkhead up"
    }
    let first = "# The settings of the fleet that runs; bulkhead up removes this file when it ends."
    return ([first] + lines + hidden).joined(separator: "\n") + "\n"
  }
}
