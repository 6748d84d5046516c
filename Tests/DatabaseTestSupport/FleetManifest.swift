import AccessManifest
import Foundation
import TestSupport

/// The manifest of this repository.
package enum FleetManifest {
  private static let path = Checkout.path("deploy/access.yaml")

  /// The manifest as it stands.
  package static func load() throws -> AccessManifest { try AccessManifest.load(path: path) }

  /// With `grant` in the place of every one like `grants`.
  package static func load(replacing grants: String, by grant: String) throws -> AccessManifest {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return try AccessManifest.parse(text.replacing(grants, with: grant), file: "access.yaml")
  }
}
