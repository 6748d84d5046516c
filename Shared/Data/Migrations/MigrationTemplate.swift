/// The source file with which a new migration starts.
package struct MigrationTemplate: Sendable, Hashable {
  /// The folder of the versions' files, relative to the repository's root.
  package static let folder = "Shared/Data/Migrations/Versions"
  /// The file that lists the versions. The developer adds a new one there by hand.
  package static let registration = "Shared/Data/Migrations/Migration.swift"

  /// The number of the new migration.
  package let version: Int
  /// Its name, in snake_case.
  package let name: String

  /// Returns nil unless the name is snake_case, because it becomes a file name and a row.
  package init?(version: Int, name: String) {
    guard let first = name.first, first.isLowercase, first.isASCII,
      name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    else { return nil }
    self.version = version
    self.name = name
  }

  /// The template for the version after the newest one among the files of ``folder``. The tool may be older than the
  /// checkout that it runs in, so its own versions do not count.
  package static func next(named name: String, after files: [String]) -> MigrationTemplate? {
    MigrationTemplate(version: (files.compactMap(version(ofFile:)).max() ?? 0) + 1, name: name)
  }

  /// The number in `V0006_add_locale.swift`; nil for another file.
  private static func version(ofFile name: String) -> Int? {
    guard name.hasPrefix("V"), name.hasSuffix(".swift"), let end = name.firstIndex(of: "_") else {
      return nil
    }
    return Int(name[name.index(after: name.startIndex)..<end])
  }

  private var number: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// `V0006_add_locale.swift`.
  package var fileName: String { "V\(number)_\(name).swift" }

  /// The path of the file, relative to the repository's root.
  package var path: String { "\(Self.folder)/\(fileName)" }

  /// The entry of the list of versions.
  package var entry: String { ".v\(number)" }

  /// What the developer does next.
  package var advice: String {
    "fill in \(Self.folder)/\(fileName), add \(entry) to \(Self.registration), "
      + "change Shared/Base/Schema and its currentVersion"
  }

  /// The Swift source of a migration without changes.
  package var contents: String {
    """
    import Schema

    extension Migration {
      /// State here why the schema changes.
      static let v\(number) = Migration(
        version: \(version), name: "\(name)",
        // The oldest version whose programs are compatible with this step: lower than its own only when the step just adds.
        oldestProgram: \(version),
        up: [],
        down: [])
    }

    """
  }
}
