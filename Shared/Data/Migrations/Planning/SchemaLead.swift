/// How far a database is ahead of a program that can live with it.
package struct SchemaLead: Sendable, Hashable {
  /// The newest applied version.
  package let version: Int
  /// Its name.
  package let name: String
  /// The newest version that this program knows.
  package let newestKnown: Int

  /// A lead of `version` over `newestKnown`.
  package init(version: Int, name: String, newestKnown: Int) {
    self.version = version
    self.name = name
    self.newestKnown = newestKnown
  }
}

extension SchemaLead: CustomStringConvertible {
  /// `the database is ahead by 1 version, at 6 (locale); this release knows 5 and can live with it`.
  package var description: String {
    let count = version - newestKnown
    return "the database is ahead by \(count) version\(count == 1 ? "" : "s"), at \(version) (\(name)); "
      + "this release knows \(newestKnown) and can live with it"
  }
}
