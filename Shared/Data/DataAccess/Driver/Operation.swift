/// The name of a statement in errors, logs and the pool's diagnosis: its verb and its table.
///
/// It never contains a bound value, so it is safe to show.
package struct Operation: Sendable, Hashable, CustomStringConvertible {
  /// What the statement does.
  package enum Verb: String, Sendable, Hashable {
    case select
    case insert
    case update
    case delete
    /// Any other statement: transaction control, DDL, settings of the session.
    case other
  }

  /// What the statement does.
  package let verb: Verb
  /// The table's name in the schema; nil without a table or for an unknown one.
  package let table: String?
  /// The name of an operation of the verb `other`: `begin`, `migrate to 3`. A join has one too: `select sessions with`.
  package let label: String?

  /// A label is for the verb `other` and for joins; the verb names every other operation.
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
