/// A change that an operator makes beside the migrations, and the words in which `migrate check` names it.
struct HandMadeChange: Sendable {
  /// A table whose definition is edited as text: the table is dropped, and created again from the edited text.
  struct Edit: Sendable {
    let table: String
    let part: String
    let replacement: String
  }

  let name: String
  let statements: [String]
  let edit: Edit?
  /// Every difference that the change makes, in the order of the report.
  let differences: [String]

  init(_ name: String, _ statements: [String], finds differences: [String]) {
    self.name = name
    self.statements = statements
    edit = nil
    self.differences = differences
  }

  init(_ name: String, _ statement: String, finds differences: String...) {
    self.init(name, [statement], finds: differences)
  }

  init(_ name: String, _ edit: Edit, finds differences: [String]) {
    self.name = name
    statements = []
    self.edit = edit
    self.differences = differences
  }
}
