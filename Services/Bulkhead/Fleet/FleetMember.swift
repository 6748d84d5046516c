import AccessManifest
import Foundation

/// One process of the fleet: a service of the manifest on a port of this machine.
struct FleetMember: Sendable, Equatable {
  let service: FleetService
  let port: Int

  var name: String { service.name }
  var program: String { service.program }
  var address: String { "http://127.0.0.1:\(port)" }

  /// The accounts of the database and the cache that the manifest gives the member.
  func accounts(in manifest: AccessManifest) -> [String] {
    let service = manifest.services.first { $0.name == name }
    return [service?.databaseAccount, service?.cacheAccount].compactMap { $0 }
  }

  /// The members in the order in which they start. The first one takes `firstPort`, by default its own port of the
  /// manifest; the others keep their distance to it.
  static func all(of manifest: FleetManifest, firstPort: Int?) -> [FleetMember] {
    guard let first = manifest.services.first else { return [] }
    let distance = (firstPort ?? first.port) - first.port
    return manifest.services.map { FleetMember(service: $0, port: $0.port + distance) }
  }

  /// The file of the member's program in a folder of programs.
  func executable(in programs: URL) -> URL { programs.appendingPathComponent(program) }
}
