import Foundation

extension FleetManifest {
  /// The fleet manifest's path: it lies beside the access manifest.
  package static func path(beside accessManifest: String) -> String {
    URL(fileURLWithPath: accessManifest, relativeTo: nil).deletingLastPathComponent()
      .appendingPathComponent("fleet.yaml").relativePath
  }

  /// Reads and checks the manifest at `path` against the access manifest.
  package static func load(
    path: String, with access: AccessManifest
  ) throws(ManifestErrors) -> FleetManifest {
    try parse(try AccessManifest.text(at: path), file: path, with: access)
  }

  /// Parses and checks a manifest's text against the access manifest. `file` is for messages.
  package static func parse(
    _ text: String, file: String = "fleet.yaml", with access: AccessManifest
  ) throws(ManifestErrors) -> FleetManifest {
    let root = try AccessManifest.compose(text, file: file)
    var parser = FleetParser(file: file, access: access)
    let manifest = parser.manifest(root)
    let problems = parser.reader.problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    guard problems.isEmpty, let manifest else { throw ManifestErrors(problems: problems) }
    return manifest
  }
}
