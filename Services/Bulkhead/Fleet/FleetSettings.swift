import Foundation
import Runtime

/// The settings with which `up` reached its database and cache, as a file that a shell in another terminal reads:
/// `. .bulkhead/fleet.env`. It exists while the fleet runs.
///
/// It first takes away every setting of a database, a cache and a fleet that the shell has: one of another fleet would
/// win over what follows, or join it. It holds the names of password files and no password: where a setting gave `up` a
/// password, the file says so.
struct FleetSettings: Sendable {
  /// Settings that apply beside an address, as `up` got them.
  private static let kept: Set = [
    "DB_POOL_SIZE", "DB_MAX_RETRIES", "DB_RETRY_DELAY", "DB_PREPARED_STATEMENTS",
  ]

  let path: String

  /// Writes the file.
  init(
    fleet: FleetContext, firstPort: Int,
    variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let file = fleet.tool.folder("fleet.env")
    path = file.relativePath
    var shown = variables.filter { Self.kept.contains($0.key) && !$0.value.isEmpty }
    shown.merge(Self.database(fleet.database.selected)) { $1 }
    shown.merge(Self.cache(fleet.cache)) { $1 }
    shown["ACCESS_MANIFEST"] = Self.absolute(fleet.tool.settings.manifestPath)
    shown["CREDENTIALS_DIR"] = Self.absolute(fleet.tool.settings.credentialsDirectory)
    shown["FIRST_PORT"] = String(firstPort)
    let made = FileManager.default.createFile(
      atPath: file.path, contents: Data(Self.text(of: shown).utf8), attributes: [.posixPermissions: 0o600])
    guard made else { throw ToolError("cannot write \(path)") }
  }

  /// Removes the file.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
  }

  // MARK: Values

  static func database(_ selected: SelectedDatabase) -> [String: String] {
    let (configuration, name) = (selected.configuration, selected.engine.name)
    if selected.engine.location.isEmbedded {
      return ["DB_TYPE": name, "DB_NAME": absolute(configuration.name)]
    }
    var variables = ["DB_TYPE": name, "DB_NAME": configuration.name, "DB_USER": configuration.user]
    variables["DB_HOST"] = configuration.hosts.map(\.description).joined(separator: ",")
    variables["DB_PASS_FILE"] = configuration.credential.path.map(absolute)
    variables["DB_TLS"] = configuration.tls.name.rawValue
    variables["DB_CA_FILE"] = configuration.tls.authorityFile.map(absolute)
    variables["DB_SERVER_PUBLIC_KEY_FILE"] = configuration.serverKeyFile.map(absolute)
    return variables
  }

  static func cache(_ selected: SelectedCache) -> [String: String] {
    var variables = ["CACHE_TYPE": selected.engine.name]
    if selected.engine.location.isEmbedded { return variables }
    let configuration = selected.configuration
    variables["CACHE_HOST"] = configuration.endpoint.description
    variables["CACHE_USER"] = configuration.user
    variables["CACHE_PASS_FILE"] = configuration.credential.path.map(absolute)
    variables["CACHE_TLS"] = configuration.tls.name.rawValue
    variables["CACHE_CA_FILE"] = configuration.tls.authorityFile.map(absolute)
    return variables
  }

  private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

  // MARK: Text

  /// The lines for a POSIX shell.
  static func text(of variables: [String: String]) -> String {
    let names = SettingNames.ofEngines + ["ACCESS_MANIFEST", "CREDENTIALS_DIR", "FIRST_PORT"]
    let lines = variables.sorted { $0.key < $1.key }.map { "export \($0.key)=\($0.value.shellQuoted)" }
    let withheld = ["DB", "CACHE"].filter {
      variables["\($0)_USER"] != nil && variables["\($0)_PASS_FILE"] == nil
    }.map { "# \($0)_PASS is not here, because it is a password: set it, or \($0)_PASS_FILE" }
    let first = [
      "# The settings of the fleet that runs; bulkhead up removes this file when it ends.",
      "unset \(names.joined(separator: " "))",
    ]
    return (first + lines + withheld).joined(separator: "\n") + "\n"
  }
}
