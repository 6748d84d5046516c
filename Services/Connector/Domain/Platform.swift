// Rendered by make render: edit deploy/fleet.yaml, deploy/access.yaml or deploy/templates/programs.
/// The external platforms whose triggers this program can run as: those of the fleet manifest.
enum Platform: String, Sendable, CaseIterable {
  case twitch
  case discord

  /// The name of the trigger's service, accounts, cache keys and events.
  var serviceName: String { "\(rawValue)-trigger" }

  var defaultPort: Int {
    switch self {
    case .twitch: 8084
    case .discord: 8085
    }
  }
}
