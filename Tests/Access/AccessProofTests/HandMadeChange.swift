import Testing

/// A change of rights without the tool, of one kind of the list of coverage, and the deviation that names it.
///
/// The superuser makes it in a transaction that is rolled back after the catalog was read, so each starts from a
/// database that matches the manifest.
struct HandMadeChange: Sendable, CustomTestStringConvertible {
  /// The kind in the list of coverage.
  let kind: String
  let statements: [String]
  /// The account, the object and the privilege of the deviation.
  let account: String
  let object: String
  let privilege: String
  var column: String?
  /// Whether it is a note: it belongs to others, and counts as no deviation.
  var isNote = false
  /// Whether the plan corrects it. A change of what belongs to others, or may hold rows of others, is only named.
  var isMended = true

  init(
    _ kind: String, _ statements: String..., names account: String, _ object: String, _ privilege: String,
    column: String? = nil, isNote: Bool = false, isMended: Bool = true
  ) {
    self.kind = kind
    self.statements = statements
    self.account = account
    self.object = object
    self.privilege = privilege
    self.column = column
    self.isNote = isNote
    self.isMended = isMended
  }

  var testDescription: String { "\(kind): \(statements.joined(separator: "; "))" }
}
