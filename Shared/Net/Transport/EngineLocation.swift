/// Where an engine runs, which determines the settings that a program needs to reach it.
package enum EngineLocation: Sendable, Hashable {
  /// On a server; `defaultPort` applies when the settings name no port.
  case server(defaultPort: Int)
  /// In this process, over a file whose name ends in `suffix`.
  case file(suffix: String)
  /// In the memory of this process.
  case memory

  /// Whether the engine runs inside the process and needs no host, no port and no password.
  package var isEmbedded: Bool {
    switch self {
    case .server: false
    case .file, .memory: true
    }
  }
}
