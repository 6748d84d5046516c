/// One column of a live table.
package struct LiveColumn: Sendable, Hashable {
  /// The name, without quotation marks.
  package var name: String
  /// The type as the dialect spells it, with its length: `varchar(255)`; the engine's own name for any other type.
  package var type: String
  /// Whether the column accepts NULL.
  package var isNullable = true
  /// How the engine assigns the value: `by default`, `always`, `autoincrement`, with other settings behind it; else nil.
  package var identity: String?
  /// The canonical expression of the default; nil without one and for NULL.
  package var defaultValue: String?
  /// The canonical expression of a generated column, with `stored` or `virtual`; else nil.
  package var generated: String?
  /// The collation where it differs from the type's own.
  package var collation: String?
  /// The sequence that the default draws from, with its schema outside of the fleet's own; nil for an identity.
  package var sequence: String?

  /// A column that accepts NULL.
  package init(name: String, type: String) {
    self.name = name
    self.type = type
  }

  /// Whether an insert that omits the column fails.
  package var isRequired: Bool {
    !isNullable && defaultValue == nil && identity == nil && generated == nil
  }
}
