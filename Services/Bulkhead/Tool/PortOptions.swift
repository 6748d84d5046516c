import AccessManifest
import ArgumentParser

/// `--first-port`, which moves the whole fleet to other ports.
struct PortOptions: ParsableArguments {
  private static let bounds = 1...65_535

  @Option(help: "The port of the first service; the others keep their distance to it.")
  var firstPort: Int?

  func validate() throws {
    if let firstPort, !Self.bounds.contains(firstPort) {
      throw ValidationError("--first-port must be from 1 to \(Self.bounds.upperBound)")
    }
  }

  /// The fleet's members on their ports.
  func members(of manifest: FleetManifest) throws -> [FleetMember] {
    let members = FleetMember.all(of: manifest, firstPort: firstPort)
    for member in members where !Self.bounds.contains(member.port) {
      throw ValidationError("--first-port \(firstPort ?? 0) gives \(member.name) the port \(member.port)")
    }
    return members
  }
}
