/// What a statement does to which table: the words in which errors, logs and the pool's diagnosis speak of it.
///
/// It never holds a bound value, so it is safe to show.
package struct Operation: Sendable, Hashable, CustomStringConvertible {
  /// What the statement does.
  package enum Verb: String, Sendable, Hashable {
    case select
    case insert
    case update
    case delete
    /// Everything else: transaction control, DDL, settings of the session.
    case other
  }

  /// What the statement does.
  package let verb: Verb
  /// The table's name in the schema; nil where the statement concerns none or is not known.
  package let table: String?
  /// How an operation of the verb `other` calls itself: `begin`, `migrate to 3`.
  package let label: String?

  /// A label is for the verb `other`; the rest are named by their verb.
  package init(_ verb: Verb, table: String? = nil, label: String? = nil) {
    self.verb = verb
    self.table = table
    self.label = label
  }

  /// `select users`, `begin`.
  package var description: String {
    let name = label ?? verb.rawValue
    return table.map { "\(name) \($0)" } ?? name
  }
}
