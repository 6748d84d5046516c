/// The file in which a new migration begins.
package struct MigrationTemplate: Sendable, Hashable {
  /// Where the files of the versions lie, from the root of the repository.
  package static let folder = "Shared/Migrations/Versions"
  /// The file that lists the versions; a new one must be added there by hand.
  package static let registration = "Shared/Migrations/Migration+All.swift"

  /// The number of the new migration.
  package let version: Int
  /// Its name, in snake_case.
  package let name: String

  /// Names are snake_case, for they become file names and rows; nil for any other.
  package init?(version: Int, name: String) {
    guard let first = name.first, first.isLowercase, first.isASCII,
      name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    else { return nil }
    self.version = version
    self.name = name
  }

  /// The template for the version after the newest.
  package static func next(named name: String) -> MigrationTemplate? {
    MigrationTemplate(version: (Migration.all.last?.version ?? 0) + 1, name: name)
  }

  private var number: String {
    let digits = String(version)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// `V0006_add_locale.swift`.
  package var fileName: String { "V\(number)_\(name).swift" }

  /// The entry of the list of versions.
  package var entry: String { ".v\(number)" }

  /// What to do once the file is there.
  package var advice: String {
    "fill in \(Self.folder)/\(fileName), add \(entry) to \(Self.registration), "
      + "change Shared/Schema and its currentVersion"
  }

  /// The Swift source, with nothing to do yet.
  package var contents: String {
    """
    import Schema

    extension Migration {
      /// Say here why the schema changes.
      static let v\(number) = Migration(
        version: \(version), name: "\(name)",
        // The oldest version whose programs can live with it: a lower one only where the step merely adds.
        oldestProgram: \(version),
        up: [],
        down: [])
    }

    """
  }
}
