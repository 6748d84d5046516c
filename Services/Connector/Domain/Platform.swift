/// The outside platforms whose triggers this program can run as.
enum Platform: String, Sendable, CaseIterable {
  case twitch
  case discord

  /// The trigger's name: of its service, of its accounts, of its cache keys and of the events it writes.
  var serviceName: String { "\(rawValue)-trigger" }

  var defaultPort: Int {
    switch self {
    case .twitch: 8084
    case .discord: 8085
    }
  }
}
