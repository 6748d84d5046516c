import AccessManifest
import Foundation

/// The manifest of this repository.
enum FleetManifest {
  static func load(file: String = #filePath) throws -> AccessManifest {
    let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try AccessManifest.load(path: root.appending(path: "deploy/access.yaml").path)
  }
}
