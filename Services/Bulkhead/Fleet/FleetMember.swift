import AccessManifest

/// One process of the fleet: its service, its program and its port.
struct FleetMember: Sendable, Equatable {
  /// The service's name in the access manifest.
  let name: String
  let program: String
  let port: Int
  /// The variable that selects this member's role in a shared program: `PLATFORM` or `ROLE`.
  let role: [String: String]

  /// The members in the order in which they start. Ports count up from `firstPort` in the same order.
  static func all(firstPort: Int) -> [FleetMember] {
    [
      FleetMember(name: "backend-api", program: "backend-api", port: firstPort, role: [:]),
      FleetMember(name: "connector", program: "connector", port: firstPort + 1, role: [:]),
      FleetMember(name: "analytics", program: "analytics", port: firstPort + 2, role: [:]),
      FleetMember(
        name: "twitch-trigger", program: "connector", port: firstPort + 3, role: ["PLATFORM": "twitch"]),
      FleetMember(
        name: "discord-trigger", program: "connector", port: firstPort + 4, role: ["PLATFORM": "discord"]),
      FleetMember(
        name: "analytics-rollup", program: "analytics", port: firstPort + 5, role: ["ROLE": "rollup"]),
    ]
  }

  var address: String { "http://127.0.0.1:\(port)" }
}
