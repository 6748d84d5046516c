import AccessManifest
import Foundation
import TestSupport

/// This repository's manifest.
package enum FleetManifest {
  private static let path = Checkout.path("deploy/access.yaml")

  /// Loads the manifest unchanged.
  package static func load() throws -> AccessManifest { try AccessManifest.load(path: path) }

  /// Loads the manifest with `grant` in place of every occurrence of `grants`.
  package static func load(replacing grants: String, by grant: String) throws -> AccessManifest {
    try AccessManifest.parse(try text().replacing(grants, with: grant), file: "access.yaml")
  }

  /// The manifest's text.
  package static func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
