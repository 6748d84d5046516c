import AccessManifest
import Encoding

/// One edge of the fleet's network: who may call whom, and on whose account or for which reason.
struct FleetEdge: Sendable, Hashable {
  let caller: String
  let peer: String
  /// The account of the caller, or the reason that the access manifest gives.
  let because: String

  /// Every edge, service by service. What is not here is refused.
  static func all(of fleet: FleetManifest, _ access: AccessManifest) -> [FleetEdge] {
    let administrators = access.administrators
    var edges: [FleetEdge] = []
    for service in fleet.services {
      guard let rights = access.services.first(where: { $0.name == service.name }) else { continue }
      edges += own(service, rights)
    }
    edges.append(FleetEdge(caller: "migrate", peer: "database", because: administrators.databaseAccount))
    if administrators.hasCache {
      edges.append(FleetEdge(caller: "migrate", peer: "cache", because: administrators.cacheAccount))
    }
    return edges
  }

  private static func own(_ service: FleetService, _ rights: ServiceAccess) -> [FleetEdge] {
    let sides = rights.network.map { edge in
      switch edge.side {
      case .edge: FleetEdge(caller: "edge", peer: service.name, because: edge.reason)
      case .outside: FleetEdge(caller: service.name, peer: "outside", because: edge.reason)
      }
    }
    let measured = "probes and /metrics, on a port of their own"
    let cache = rights.cacheAccount.map { FleetEdge(caller: service.name, peer: "cache", because: $0) }
    return sides + [
      FleetEdge(caller: "monitoring", peer: service.name, because: measured),
      FleetEdge(caller: service.name, peer: "database", because: rights.databaseAccount),
    ] + [cache].compactMap { $0 }
  }

  /// A line for each edge, in columns.
  static func table(_ edges: [FleetEdge]) -> String {
    let widths = [edges.map(\.caller.count).max() ?? 0, edges.map(\.peer.count).max() ?? 0].map { $0 + 2 }
    return edges.map { edge in
      "\(edge.caller.padded(to: widths[0]))\(edge.peer.padded(to: widths[1]))\(edge.because.onOneLine)"
    }.joined(separator: "\n")
  }
}
