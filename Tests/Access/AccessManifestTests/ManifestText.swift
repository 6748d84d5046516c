import Foundation
import TestSupport

@testable import AccessManifest

/// The manifest of this repository, and variants of its text.
enum ManifestText {
  /// The text of `deploy/access.yaml`.
  static let ofTheFleet =
    (try? String(contentsOfFile: Checkout.path("deploy/access.yaml"), encoding: .utf8)) ?? ""

  /// The errors in the fleet's manifest after one change.
  static func problems(replacing old: String, with new: String) -> [String] {
    guard let range = ofTheFleet.range(of: old) else { return ["the manifest does not contain: \(old)"] }
    return problems(ofTheFleet.replacingCharacters(in: range, with: new))
  }

  static func problems(_ text: String) -> [String] {
    do {
      _ = try AccessManifest.parse(text)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  /// The line of `fragment` after the change.
  static func line(of fragment: String, replacing old: String, with new: String) -> Int? {
    guard let range = ofTheFleet.range(of: old) else { return nil }
    let text = ofTheFleet.replacingCharacters(in: range, with: new)
    guard let hit = text.range(of: fragment) else { return nil }
    return text[..<hit.lowerBound].count { $0 == "\n" } + 1
  }
}
