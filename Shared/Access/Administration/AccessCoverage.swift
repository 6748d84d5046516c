import AccessProof

/// Everything in an engine that can widen or narrow what an account may do, and what the tool does about each.
///
/// Each engine has one such value. The documentation's table is this value, and a test makes a change by hand for every
/// kind that is compared.
package struct AccessCoverage: Sendable {
  /// What the tool does about a kind.
  package enum Treatment: String, Sendable, Hashable, CaseIterable {
    /// `verify` names a change, and `apply` or `bootstrap` corrects it.
    case compared
    /// `verify` names a change, which an operator corrects: it may hold rows or code of others.
    case named
    /// `prove` tries it with each account's own credentials.
    case proven
    /// It stays open, and is one of the known residues.
    case residue
    /// The tool cannot see it.
    case outOfReach = "out of reach"
  }

  /// One kind of object, privilege, attribute or setting.
  package struct Kind: Sendable, Hashable {
    /// What it is; unique in its engine.
    package let name: String
    /// What the tool does about it.
    package let treatment: Treatment
    /// How, or why not.
    package let reason: String

    /// Creates a kind.
    package init(_ name: String, _ treatment: Treatment, _ reason: String) {
      self.name = name
      self.treatment = treatment
      self.reason = reason
    }
  }

  /// The engine's name in reports.
  package let engine: String
  /// The kinds, in the order of the documentation.
  package let kinds: [Kind]
  /// What the engine leaves open.
  package let residues: [KnownResidue]

  /// Creates a list.
  package init(engine: String, kinds: [Kind], residues: [KnownResidue]) {
    self.engine = engine
    self.kinds = kinds
    self.residues = residues
  }

  /// The two tables of the documentation, in Markdown.
  package var markdown: String {
    let rows = kinds.map { "| \($0.name) | \($0.treatment.rawValue) | \($0.reason) |" }
    let open = residues.map { "| \($0.name) | \($0.consequence) | \($0.mitigation) |" }
    return """
      ## \(engine)

      | kind | treatment | how, or why not |
      |---|---|---|
      \(rows.joined(separator: "\n"))

      | known residue | consequence | mitigation |
      |---|---|---|
      \(open.joined(separator: "\n"))

      """
  }
}
