import AccessManifest
import DataAccess

/// The cells of an engine's known residues.
struct ResidueProbes: Sendable {
  let residues: [KnownResidue]
  let manifest: AccessManifest
  /// The residues that this server has closed.
  var closed: Set<String> = []

  /// The residues that this server leaves open.
  var open: [KnownResidue] { residues.filter { !closed.contains($0.name) } }

  /// The cells of one account that need no probe rows.
  func probes(for account: String) -> [DatabaseProbe] {
    let attacker = KnownResidue.Attacker(account: account, manifest: manifest)
    return residues.flatMap { residue in
      residue.attempts(attacker).map { probe($0, of: residue, account) }
    }
  }

  /// The cells of one account on the rows that its scope hides.
  func probes(for account: String, rows: [ProbeRow], identities: [Int64?]) -> [DatabaseProbe] {
    zip(rows, identities).flatMap { row, identity -> [DatabaseProbe] in
      guard let identity else { return [] }
      guard let key = row.table.identity?.name,
        case .allowedWithin(let scope) = manifest.mayDo(account, .select, on: row.table.name),
        scope != row.scope
      else { return [] }
      let hidden = KnownResidue.HiddenRow(
        account: account, table: row.table.name, key: key, identity: identity, scope: scope,
        isBehindIndex: row.table.indexes.contains {
          $0.columns.starts(with: [scope.column, key]) && $0.condition == nil
        })
      return residues.flatMap { residue in
        residue.attemptsOnHiddenRow(hidden).map { probe($0, of: residue, account, row: row.name) }
      }
    }
  }

  private func probe(
    _ attempt: EscapeAttempts.Attempt, of residue: KnownResidue, _ account: String, row: String? = nil
  ) -> DatabaseProbe {
    closed.contains(residue.name)
      ? attempt.probe(for: account, row: row) : attempt.probe(for: account, row: row, residue: residue.name)
  }

  /// The residues that the conditions find closed.
  func closed(in administrator: Database) async throws(DatabaseError) -> Set<String> {
    var closed: Set<String> = []
    for residue in residues {
      guard let condition = residue.condition else { continue }
      let found = try await administrator.unsafeQuery(unsafeSQL: condition, label: "look for a residue")
      if try !found.boolean(0, 0) { closed.insert(residue.name) }
    }
    return closed
  }
}
