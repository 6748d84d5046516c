/// What a statement that commits by itself leaves in the catalog, by which a run that was cut off behind the statement
/// recognises that it has taken effect.
package struct DefinitionEffect: Sendable, Hashable {
  /// An object that the catalog lists by its name.
  package enum Object: Sendable, Hashable {
    case table(String)
    case column(String, table: String)
    case index(String, table: String)
    case constraint(String, table: String)
  }

  /// What is there afterwards.
  package let present: [Object]
  /// What is not there any more.
  package let absent: [Object]

  /// An effect without an object proves nothing, so there is none.
  init?(present: [Object] = [], absent: [Object] = []) {
    guard !present.isEmpty || !absent.isEmpty else { return nil }
    self.present = present
    self.absent = absent
  }
}
