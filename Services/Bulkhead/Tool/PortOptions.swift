import AccessManifest
import ArgumentParser

/// `--first-port`, which moves the whole fleet to other ports.
struct PortOptions: ParsableArguments {
  static let bounds = 1...65_535

  @Option(
    help: "The port of the first service; the others keep their distance to it. The default is FIRST_PORT.")
  var firstPort: Int?

  func validate() throws {
    if let firstPort, !Self.bounds.contains(firstPort) {
      throw ValidationError("--first-port must be from 1 to \(Self.bounds.upperBound)")
    }
  }

  /// The fleet's members on their ports.
  func members(of manifest: FleetManifest, in settings: ToolSettings) throws -> [FleetMember] {
    let first = firstPort ?? settings.firstPort
    let members = FleetMember.all(of: manifest, firstPort: first)
    for member in members where !Self.bounds.contains(member.port) {
      throw ValidationError("the first port \(first ?? 0) gives \(member.name) the port \(member.port)")
    }
    return members
  }
}
