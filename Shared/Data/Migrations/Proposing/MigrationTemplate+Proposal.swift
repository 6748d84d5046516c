extension MigrationTemplate {
  /// The Swift source of a migration with the proposed changes. The developer answers the questions in its comments,
  /// and states the reason.
  package func contents(filledWith proposal: SchemaProposal) -> String {
    let (oldest, reason) =
      proposal.isAdditive
      ? (version - 1, "The step only adds, so the programs of the version before are compatible with it.")
      : (
        version,
        "The oldest version whose programs are compatible with this step: lower than its own only when the step just adds."
      )
    return """
      import Schema

      extension Migration {
        /// State here why the schema changes.
        static let \(entry.dropFirst()) = Migration(
          version: \(version), name: "\(name)",
          // \(reason)
          oldestProgram: \(oldest),
          up: \(SourceText.list(proposal.up, indent: "    ")),
          down: \(SourceText.list(proposal.down, indent: "    ")))
      \(SourceText.constants(proposal.up + proposal.down))}

      """
  }
}
