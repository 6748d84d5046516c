import AccessManifest
import Foundation

/// The manifest of this repository.
enum FleetManifest {
  static func load() throws -> AccessManifest { try AccessManifest.load(path: path()) }

  /// With `grant` in the place of every one like `grants`.
  static func load(replacing grants: String, by grant: String) throws -> AccessManifest {
    let text = try String(contentsOfFile: path(), encoding: .utf8)
    return try AccessManifest.parse(text.replacing(grants, with: grant), file: "access.yaml")
  }

  private static func path(file: String = #filePath) -> String {
    let root = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return root.appending(path: "deploy/access.yaml").path
  }
}
