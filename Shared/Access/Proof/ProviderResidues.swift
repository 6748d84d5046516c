/// What stays open on a server whose superuser belongs to a provider, as the server itself reports it.
package struct ProviderResidues: Sendable {
  /// The residues, beside those of the engine.
  package let residues: [KnownResidue]
  /// The operations of the proof that succeed for that reason.
  package let openVerbs: Set<String>

  /// Creates residues.
  package init(_ residues: [KnownResidue], openVerbs: Set<String>) {
    self.residues = residues
    self.openVerbs = openVerbs
  }
}

extension ProofReport {
  /// The report in which the operations that a provider leaves open are expected to be allowed where the engine did not
  /// refuse them for permission. (An exported snapshot then fails for another reason, inside the proof's savepoint.) One
  /// that is refused is still expected to be.
  package func leavingOpen(_ provider: ProviderResidues) -> ProofReport {
    let adjusted = results.map { result -> ProofResult in
      let cell = result.cell
      guard !result.outcome.isDenied, cell.side == .database, cell.expected == .denied,
        provider.openVerbs.contains(cell.verb)
      else { return result }
      return ProofResult(
        cell: ProofCell(
          cell.side, account: cell.account, object: cell.object, verb: cell.verb, column: cell.column,
          row: cell.row, expected: .allowed),
        outcome: .allowed, statement: result.statement)
    }
    var report = ProofReport(results: adjusted, cells: cells, seconds: seconds)
    report.residues = residues
    report.leftOut = leftOut
    report.failures = failures
    return report
  }
}
